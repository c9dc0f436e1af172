"""The order in which an epoch visits the images, and how batches reach the network.

N images, B in a batch, H x W pixels. Images travel as uint8 [B, H, W], labels as float32 [B].
"""

import math
import mmap
from collections.abc import Iterator

import numpy as np

from stages.common.dataset import Split
from stages.common.gluon.mx import mx

WHOLE = 65536  # images in the largest single permutation: Fashion-MNIST has 60,000
WINDOW = 32768  # images shuffled together, and mapped into memory, in a larger dataset
_RUN = 4096  # consecutive images that stay in one window: shorter runs waste readahead
_GATHERED = 16  # batches gathered at once: it spares calls, and stays small in memory


def epoch_order(images: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order [N] in which an epoch (from 1) visits the training images, each once.

    Up to WHOLE images it is a random permutation. Above, runs of consecutive images are drawn at
    random into windows, and each window is permuted, so that a pass over a large file touches a
    small part of it at a time. preprocess stores the training images in random order, so that a
    window is as good a sample as the whole, even where the original files are sorted by class.
    """
    random = np.random.default_rng([seed, epoch])
    if images <= WHOLE:
        return random.permutation(images)
    runs = random.permutation(math.ceil(images / _RUN))
    order = np.add.outer(runs * _RUN, np.arange(_RUN)).ravel()
    order = order[order < images]  # the last run may be short
    for start in range(0, images, WINDOW):
        random.shuffle(order[start : start + WINDOW])
    return order


def batches(
    split: Split, order: np.ndarray, batch_size: int, device: mx.Context
) -> Iterator[tuple[mx.nd.NDArray, mx.nd.NDArray]]:
    """Yield the images and labels of each batch of a split, in `order`; the last may be smaller.

    Several batches are gathered from the memory map and sent to the device at once; each is then a
    slice of them, without a copy.
    """
    size = batch_size * _GATHERED
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        images = mx.nd.from_numpy(np.take(split.images, rows, axis=0)).as_in_context(device)
        labels = np.take(split.labels, rows).astype(np.float32)
        labels = mx.nd.from_numpy(labels).as_in_context(device)
        for first in range(0, len(rows), batch_size):
            yield images[first : first + batch_size], labels[first : first + batch_size]
        if len(order) > WHOLE and start // WINDOW != (start + size) // WINDOW:
            _release(split.images)


def _release(images: np.ndarray) -> None:
    """Release pages that were read: a pass over a large file would keep all it touched."""
    if isinstance(images.base, mmap.mmap):
        images.base.madvise(mmap.MADV_DONTNEED)
