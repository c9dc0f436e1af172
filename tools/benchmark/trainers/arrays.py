"""The training data in memory.

The images stay uint8, and each batch is scaled after it is gathered: that is faster for every peer
than to gather float32, which is four times the memory traffic.
"""

from pathlib import Path

import numpy as np

from stages.common.dataset import load_info, load_split

SIGMA = 0.01  # of the initial weights; the bias starts at 0


def pixels_and_labels(folder: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the training images [N, D] uint8, the labels [N] int64, and K."""
    info = load_info(folder)
    split = load_split(folder, "train", info)
    pixels = np.array(split.images.reshape(len(split), -1))
    return pixels, split.labels.astype(np.int64), len(info.classes)


def initial_weight(pixels: int, classes: int) -> np.ndarray:
    """Return weights [D, K] float32 from Normal(0, SIGMA)."""
    return np.random.default_rng(0).normal(0, SIGMA, (pixels, classes)).astype(np.float32)
