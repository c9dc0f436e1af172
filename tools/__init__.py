"""What people run that is not a stage: a folder for each command, and what the commands share.

compare        `make compare`: the recorded experiments, ranked
report         `make report`: a change beside its base, with a gate
predict        `make predict`: what the model sees in pictures
import_images  `make import`: a dataset of pictures in folders
verify         `make verify`: are the committed results those of a rerun?
export         `make export`: ONNX, a model card, the playground
search         `make search`: hundreds of trials in minutes
runs           library: a recorded run, as git and DVC hold it
page           library: results as people see them: charts, HTML, Markdown
pictures       library: picture files of strangers
restore        `make restore`: back to the last commit from wherever an experiment led
scores         the table at the end of `make repro`
command        how a command ends: with a status, and a line instead of a traceback
optional       packages that only one command needs
"""
