"""The floor without the memory: the products of floor.py, always of one batch that stays in the CPU's cache."""

from pathlib import Path

import numpy as np

from tools.benchmark.trainers.arrays import pixels_and_labels
from tools.benchmark.trainers.floor import multiply
from tools.benchmark.worker import Turns


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:  # noqa: ARG001 - the trainers' signature
    """Do the products of as many steps as an epoch has for each turn."""
    pixels, _, classes = pixels_and_labels(folder)
    batch = pixels[:batch_size].astype(np.float32)
    sizes = [min(batch_size, len(pixels) - start) for start in range(0, len(pixels), batch_size)]
    multiply([batch[:size] for size in sizes], classes, turns)
