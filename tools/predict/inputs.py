"""What the user names, as a model's images: pictures, .npy and IDX files.

N images of H x W pixels, uint8, 0 is black. Pictures are fitted to the model; arrays are taken as
they are.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from stages.common.dataset import Steps
from stages.common.errors import DataError
from stages.common.idx import read_idx
from tools.pictures.fitting import Fitted, read_image
from tools.pictures.reading import read_picture

_NPY = b"\x93NUMPY"
_IDX_TYPES = (8, 9, 11, 12, 13, 14)  # uint8, int8, int16, int32, float32, float64
_AT_ONCE = 256  # files read ahead


def read_all(
    files: Sequence[Path], shape: tuple[int, int], steps: Steps
) -> Iterator[tuple[Path, Fitted | DataError]]:
    """Yield each file, in order, with what `read_file` returns or raises."""

    def read(path: Path) -> Fitted | DataError:
        try:
            return read_file(path, shape, steps)
        except DataError as problem:
            return problem

    with ThreadPoolExecutor() as pool:  # Pillow decodes without Python's lock
        for start in range(0, len(files), _AT_ONCE):
            part = files[start : start + _AT_ONCE]
            yield from zip(part, pool.map(read, part), strict=True)


def read_file(path: Path, shape: tuple[int, int], steps: Steps) -> Fitted:
    """Return the images in a file: [H, W] of a picture, [N, H, W] of an array.

    Args:
        path: a picture, or an array: .npy or IDX, told by how the file begins.
        shape: (H, W) of the model.
        steps: how a picture becomes an image.

    Raises:
        DataError: the file cannot be read, or its images are of another size or type.
    """
    start = _first_bytes(path)
    if start.startswith(_NPY):
        return Fitted(_checked(_read_npy(path), shape))
    if _is_idx(start):
        return Fitted(_checked(_read_idx(path), shape))
    return read_image(path, *shape, steps)


def as_given(path: Path, row: int | None, side: int) -> np.ndarray:
    """Return what the user gave, no longer than `side`: [h, w] or [h, w, 3 or 4] uint8."""
    if row is not None:
        array = _read_npy(path) if _first_bytes(path).startswith(_NPY) else _read_idx(path)
        return array.reshape(-1, *array.shape[-2:])[row]
    image = read_picture(path, side=side).image
    image.thumbnail((side, side))
    return np.asarray(image)


def _first_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(len(_NPY))
    except OSError as problem:
        raise DataError(problem.strerror) from problem


def _is_idx(start: bytes) -> bool:
    """Return whether a file begins as IDX of any type, with 1 to 4 dimensions."""
    return len(start) > 3 and start[:2] == b"\0\0" and start[2] in _IDX_TYPES and 1 <= start[3] <= 4


def _read_npy(path: Path) -> np.ndarray:
    try:
        return open_memmap(path, mode="r")  # takes neither pickles nor archives
    except Exception as problem:  # the header is read as Python
        raise DataError("not a whole .npy file") from problem


def _read_idx(path: Path) -> np.ndarray:
    try:
        return read_idx(path, ndim=3)
    except DataError as problem:
        raise DataError(str(problem).removeprefix(f"{path}: ")) from problem


def _checked(images: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    one = images.shape == shape
    if images.dtype != np.uint8 or not (one or images.shape[1:] == shape) or not images.size:
        found, size = f"{images.dtype} {list(images.shape)}", ", ".join(map(str, shape))
        raise DataError(f"an array {found}; the model takes uint8 [N, {size}]")
    return images[np.newaxis] if one else images
