"""NumPy: the gradient by hand, every large array allocated once.

The images stay uint8, and each batch is scaled after it is gathered: that is faster than to gather
float32, which is four times the memory traffic.
"""

from pathlib import Path

import numpy as np

from dev.benchmark.worker import Turns
from stages.common.dataset import PIXEL_SCALE, load_info, load_split


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:
    """Train one epoch for each turn; the threads are those of OPENBLAS_NUM_THREADS."""
    info = load_info(folder)
    split = load_split(folder, "train", info)
    pixels = np.array(split.images.reshape(len(split), -1))
    labels, classes = split.labels.astype(np.int64), len(info.classes)
    random = np.random.default_rng(0)
    weight = random.normal(0, 0.01, (pixels.shape[1], classes)).astype(np.float32)
    bias, gradient = np.zeros(classes, np.float32), np.empty_like(weight.T)
    gathered = np.empty((batch_size, pixels.shape[1]), np.uint8)
    batch = np.empty((batch_size, pixels.shape[1]), np.float32)
    logits = np.empty((batch_size, classes), np.float32)
    while True:
        total = 0.0
        order = random.permutation(len(pixels))
        for start in range(0, len(pixels), batch_size):
            rows = order[start : start + batch_size]
            x, o, place = batch[: len(rows)], logits[: len(rows)], np.arange(len(rows))
            # mode="clip" gathers without a buffered copy.
            np.take(pixels, rows, axis=0, out=gathered[: len(rows)], mode="clip")
            x[...] = gathered[: len(rows)]
            np.matmul(x, weight, out=o)
            o *= PIXEL_SCALE  # K products instead of D pixels, here and below
            o += bias
            o -= o.max(axis=1, keepdims=True)
            picked = o[place, labels[rows]]
            np.exp(o, out=o)
            sums = o.sum(axis=1, keepdims=True)
            total += float(np.log(sums).sum() - picked.sum())
            o /= sums
            o[place, labels[rows]] -= 1  # the gradient: softmax minus one-hot
            o *= rate / len(rows)
            bias -= o.sum(axis=0)
            o *= PIXEL_SCALE
            np.matmul(o.T, x, out=gradient)
            weight -= gradient.T
        turns.done(total / len(pixels))
