"""Pictures as arrays, made smaller and put into place, in steps that are easy to write elsewhere.

docs/use.md describes them. tools/export/fitting.js takes the same ones, in functions of the same
names, and a test compares the two.
"""

import math

import numpy as np
from PIL import Image, ImageFilter

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of a picture


def average(pixels: np.ndarray, box: Box, height: int, width: int) -> np.ndarray:
    """Return the part of a picture in a box, averaged over areas, [height, width, ...] float32.

    Each pixel is the mean of the area that it covers, cut pixels by their share; where that is less
    than a pixel, of one pixel around its middle, which is linear interpolation.

    Args:
        pixels: [h, w, ...].
        box: edges in the picture; they may cut through pixels.
        height: of the result.
        width: of the result.
    """
    left, top, right, bottom = box
    rows = _averaged_rows(pixels, top, bottom, height)
    return _averaged_rows(rows.swapaxes(0, 1), left, right, width).swapaxes(0, 1)


def _averaged_rows(pixels: np.ndarray, start: float, end: float, count: int) -> np.ndarray:
    step = (end - start) / count
    half = max(step, 1) / 2
    rows = []
    for number in range(count):
        middle = start + (number + 0.5) * step
        low, high = max(middle - half, 0), min(middle + half, len(pixels))
        first, last = math.floor(low), math.ceil(high)
        at = np.arange(first, last)
        shares = np.minimum(at + 1, high) - np.maximum(at, low)
        weights = (shares / shares.sum()).astype(np.float32)
        rows.append(np.tensordot(weights, pixels[first:last], axes=1))
    return np.stack(rows)


def without_specks(pixels: np.ndarray) -> np.ndarray:
    """Return the median of each 3 x 3 pixels of [h, w, C] whole levels: specks go, edges stay."""
    channels = [Image.fromarray(each) for each in pixels.astype(np.uint8).transpose(2, 0, 1)]
    filtered = [np.asarray(each.filter(ImageFilter.MedianFilter(3))) for each in channels]
    return np.stack(filtered, axis=2).astype(np.float32)


def border_of(pixels: np.ndarray) -> np.ndarray:
    """Return the outermost pixels of [h, w, ...], each once."""
    edge = np.ones(pixels.shape[:2], bool)
    edge[1:-1, 1:-1] = False
    return pixels[edge]


def size_in(box: Box, height: int, width: int) -> tuple[int, int]:
    """Return the (height, width) of what is in a box, made as large as fits into an image."""
    left, top, right, bottom = box
    scale = min(height / (bottom - top), width / (right - left))
    return rounded((bottom - top) * scale), rounded((right - left) * scale)


def rounded(size: float) -> int:
    """Return a size in whole pixels; halves are rounded up, as in JavaScript."""
    return max(1, math.floor(size + 0.5))


def centred(pixels: np.ndarray, height: int, width: int, *, fill: float) -> np.ndarray:
    """Return pixels [h, w] in the middle of an image [height, width] of one level."""
    image = np.full((height, width), fill, np.float64)
    top, left = (height - pixels.shape[0]) // 2, (width - pixels.shape[1]) // 2
    image[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return np.floor(image + 0.5).astype(np.uint8)  # as JavaScript rounds
