"""The stages of the pipeline, each run as `python -m stages.NAME` in the repository's root.

download    sources -> data/raw/
preprocess  data/raw/ -> data/prepared/
train       data/prepared/ -> data/model/
evaluate    the model on the test split -> metrics/, plots/
common      what stages share
"""
