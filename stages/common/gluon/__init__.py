"""All that imports MXNet: the network and its training loop.

mx        the import of MXNet, and what it needs on today's Python
device    which device to train on
batches   the order of an epoch, and its batches
training  the softmax regression and its training loop: `fit`
"""
