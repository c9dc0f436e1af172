"""Near-duplicates: the same picture, saved, scaled or compressed another time.

Two images are near-duplicates when, averaged down to at most 8 x 8 pixels, they differ by at most
3 of 255 grey levels (root mean square). A mirrored copy, another crop or exposure is not found.
"""

import numpy as np
from PIL import Image

GRID = 8  # pixels: an image is compared at no more than GRID x GRID
LEVELS = 3  # grey levels of 255
_PAIRS = 1 << 24  # distances in memory at once: 64 MB


def thumbnails(images: np.ndarray) -> np.ndarray:
    """Return images [N, H, W] uint8 averaged down, [N, at most GRID * GRID] uint8."""
    height, width = images.shape[1:]
    size = min(width, GRID), min(height, GRID)
    small = [Image.fromarray(image).resize(size, Image.Resampling.BOX) for image in images]
    return np.stack([np.asarray(each).ravel() for each in small])


def near_groups(thumbs: np.ndarray) -> np.ndarray:
    """Return groups in which each image is a near-duplicate of another one.

    Args:
        thumbs: [N, D] uint8, what `thumbnails` returned.

    Returns:
        [N], the first row of each image's group; its own for an image that is near to none.
    """
    distinct, firsts, of = np.unique(thumbs, axis=0, return_index=True, return_inverse=True)
    groups = np.arange(len(distinct))
    # Sums of D products of bytes are below 2**24, so that float32 is exact.
    small = distinct.astype(np.float32)
    norms = (small**2).sum(axis=1)
    limit = LEVELS**2 * small.shape[1]
    step = max(1, _PAIRS // len(small))
    for start in range(0, len(small), step):
        part = slice(start, start + step)
        near = norms[part, np.newaxis] + norms - 2 * (small[part] @ small.T) <= limit
        for row in np.flatnonzero(near.sum(axis=1) > 1):
            joined = np.unique(groups[near[row]])
            groups[np.isin(groups, joined)] = joined[0]
    first_rows = np.full(len(distinct), len(thumbs))
    np.minimum.at(first_rows, groups, firsts)
    return first_rows[groups[of.ravel()]]
