"""`make benchmark`: this project beside its peers.

sandbox   clones and data that are measured in
epochs    seconds an epoch
commands  whole commands
starts    what people wait for, beside an earlier commit
search    a search beside DVC's queue
worker    a warm process of a trainer
trainers  the trainers that are measured
report    docs/benchmark.md
"""
