"""Near-duplicates: the same picture, saved, scaled or compressed another time.

Two images are near-duplicates when, averaged down to at most 8 x 8 pixels, they differ by at most
3 of 255 grey levels (root mean square). A mirrored copy, another crop or exposure is not found.
"""

import numpy as np
from PIL import Image

GRID = 8  # pixels: an image is compared at no more than GRID x GRID
LEVELS = 3.0  # grey levels of 255
_PAIRS = 1 << 24  # distances in memory at once: 64 MB


def near_duplicates(images: np.ndarray, others: np.ndarray) -> list[tuple[int, int]]:
    """Return the nearest near-duplicate in `others` of each image that has one.

    Args:
        images: [N, H, W] uint8.
        others: [M, H, W] uint8, at least one.

    Returns:
        Pairs of rows, in `images` and in `others`.
    """
    small, small_others = _thumbnails(images), _thumbnails(others)
    norms = (small_others**2).sum(axis=1)  # [M]
    limit = LEVELS**2 * small.shape[1]
    pairs = []
    step = max(1, _PAIRS // len(others))
    for start in range(0, len(small), step):
        part = small[start : start + step]
        # |a - b|^2 = |a|^2 - 2 a b + |b|^2, of which |a|^2 does not choose the nearest b.
        distances = norms - 2 * (part @ small_others.T)
        nearest = distances.argmin(axis=1)
        squared = ((part - small_others[nearest]) ** 2).sum(axis=1)
        found = np.flatnonzero(squared <= limit)
        pairs += [(start + int(row), int(nearest[row])) for row in found]
    return pairs


def _thumbnails(images: np.ndarray) -> np.ndarray:
    """Return images averaged down, [N, at most GRID * GRID] float32, around 0 for precision."""
    height, width = images.shape[1:]
    size = min(width, GRID), min(height, GRID)
    small = [Image.fromarray(image).resize(size, Image.Resampling.BOX) for image in images]
    return np.stack([np.asarray(each, np.float32).ravel() for each in small]) - 127.5
