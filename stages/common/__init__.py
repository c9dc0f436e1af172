"""What stages share; tools may use it too.

errors       errors that a user can fix, and how a stage reports what stopped it
params       params.yaml: what each param may be, and its one loader
strict_yaml  YAML as DVC reads it
files        atomic writers and their readers: npy, JSON, CSV
catalogue    data/datasets/*.yaml: the files of each dataset, their digests and sources
sources      how raw files are fetched
idx          the IDX format: its reader and its writer
dataset      the prepared arrays: where they are, what they hold
gluon        all that imports MXNet: the network and its training loop
model        the trained weights as files, and the logits they give
history      the learning curve as a file
scoring      scores of a classifier, from its logits
charts       the figures of the pipeline
axes         linear axes, scales of colours and legends
figures      a canvas: how text, lines and pictures look, and how they are saved
"""
