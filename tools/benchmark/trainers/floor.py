"""The floor: the two matrix products that a step cannot do without, and nothing else.

Logits [B, K] from pixels [B, D] float32 and weights [D, K], and the weights' gradient [K, D]; over all
images as they lie in memory.
"""

from pathlib import Path

import numpy as np

from tools.benchmark.trainers.arrays import initial_weight, pixels_and_labels
from tools.benchmark.worker import Turns


def multiply(batches: list[np.ndarray], classes: int, turns: Turns) -> None:
    """Do the two products of each batch for each turn."""
    weight = initial_weight(batches[0].shape[1], classes)
    logits, gradient = np.empty((len(batches[0]), classes), np.float32), np.empty_like(weight.T)
    while True:
        for batch in batches:
            np.matmul(batch, weight, out=logits[: len(batch)])
            np.matmul(logits[: len(batch)].T, batch, out=gradient)
        turns.done(None)


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:  # noqa: ARG001 - the trainers' signature
    """Do the products of an epoch for each turn."""
    pixels, _, classes = pixels_and_labels(folder)
    scaled = pixels.astype(np.float32)
    multiply(
        [scaled[start : start + batch_size] for start in range(0, len(scaled), batch_size)],
        classes,
        turns,
    )
