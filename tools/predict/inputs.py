"""What the user names, as a model's images: pictures, .npy and IDX files.

N images of H x W pixels, uint8, 0 is black. Pictures are fitted to the model; arrays are taken as
they are.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from PIL import Image

from stages.common.errors import DataError
from stages.common.idx import read_idx
from tools.pictures.fitting import cut_out, fit_whole
from tools.pictures.reading import ENOUGH, read_picture

# How a picture becomes an image: the object alone, or all of the picture.
STEPS: dict[str, Callable[[Image.Image, int, int], np.ndarray]] = {
    "object": cut_out,
    "whole": fit_whole,
}
_IDX, _NPY = b"\0\0\x08", b"\x93NUMPY"  # what the files begin with
_AT_ONCE = 256  # files read ahead


def steps_for(dataset: str) -> str:
    """Return the name of the steps that made the images of a dataset from pictures."""
    return "object" if dataset in ("fashion-mnist", "mnist") else "whole"


def read_all(
    files: Sequence[Path], shape: tuple[int, int], steps: str
) -> Iterator[tuple[Path, np.ndarray | DataError]]:
    """Yield each file, in order, with what `read_file` returns or raises."""

    def read(path: Path) -> np.ndarray | DataError:
        try:
            return read_file(path, shape, steps)
        except DataError as problem:
            return problem

    with ThreadPoolExecutor() as pool:  # Pillow decodes and resizes without Python's lock
        for start in range(0, len(files), _AT_ONCE):
            part = files[start : start + _AT_ONCE]
            yield from zip(part, pool.map(read, part), strict=True)


def read_file(path: Path, shape: tuple[int, int], steps: str) -> np.ndarray:
    """Return the image [H, W] uint8 of a picture, or the images [N, H, W] uint8 of an array.

    Args:
        path: a picture, or an array: .npy or IDX, told by how the file begins.
        shape: (H, W) of the model.
        steps: a key of STEPS. A grey picture of exactly H x W is taken as it is.

    Raises:
        DataError: the file cannot be read, or its images are of another size or type.
    """
    start = _first_bytes(path)
    if start.startswith(_NPY):
        return _checked(_read_npy(path), shape)
    if start.startswith(_IDX):
        return _checked(_read_idx(path), shape)
    picture = read_picture(path, side=ENOUGH * max(shape)).image
    if picture.mode == "L" and picture.size == shape[::-1]:
        return np.asarray(picture)
    return STEPS[steps](picture, *shape)


def as_given(path: Path, row: int | None, side: int) -> np.ndarray:
    """Return what the user gave, no longer than `side`: [h, w] or [h, w, 3 or 4] uint8."""
    if row is not None:
        array = _read_npy(path) if _first_bytes(path).startswith(_NPY) else _read_idx(path)
        return array.reshape(-1, *array.shape[-2:])[row]
    picture = read_picture(path, side=side).image
    picture.thumbnail((side, side))
    return np.asarray(picture)


def _first_bytes(path: Path) -> bytes:
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(len(_NPY))
    except OSError as problem:
        raise DataError(problem.strerror) from problem


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
