"""The prepared dataset: what preprocess writes and what train and evaluate read.

N images of H x W pixels, D = H * W pixels an image, K classes.

    data/prepared/dataset.json              name of the dataset, its class names, H and W
    data/prepared/SPLIT_images.npy          [N, H, W] uint8, 0 is black and 255 is white
    data/prepared/SPLIT_labels.npy          [N] uint8, 0..K-1

SPLIT is train, val or test; val has N = 0 when `val_fraction` is 0. Pixels are scaled to [0, 1] by
PIXEL_SCALE when they are used, not here.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from stages.common.errors import DataError

SPLITS = ("train", "val", "test")
PIXEL_SCALE = 1 / 255  # uint8 to [0, 1]
_INFO_FILE = "dataset.json"


@dataclass(frozen=True)
class DatasetInfo:
    """What the arrays are of."""

    dataset: str
    classes: tuple[str, ...]  # [K]
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.height, self.width


@dataclass(frozen=True)
class Split:
    """Images and their labels; memory-mapped when loaded from disk."""

    images: np.ndarray  # [N, H, W] uint8
    labels: np.ndarray  # [N] uint8, 0..K-1

    def __len__(self) -> int:
        return len(self.labels)


def images_path(folder: Path, split: str) -> Path:
    """Return where the images of `split` lie in `folder`."""
    return folder / f"{split}_images.npy"


def labels_path(folder: Path, split: str) -> Path:
    """Return where the labels of `split` lie in `folder`."""
    return folder / f"{split}_labels.npy"


def info_path(folder: Path) -> Path:
    """Return where the description of the dataset lies in `folder`."""
    return folder / _INFO_FILE


def load_info(folder: Path) -> DatasetInfo:
    """Return the description of the prepared dataset in `folder`; raise DataError when it is not one."""
    path = info_path(folder)
    content = read_json(path)
    try:
        info = DatasetInfo(**content)
        sound = (
            isinstance(info.dataset, str)
            and isinstance(info.classes, list)
            and all(isinstance(name, str) for name in info.classes)
            and all(type(size) is int and size > 0 for size in info.shape)
        )
    except TypeError:
        sound = False
    if not sound:
        raise DataError(
            f"{path}: not the description of a prepared dataset; `dvc repro` makes it again"
        )
    return DatasetInfo(info.dataset, tuple(info.classes), *info.shape)


def load_split(folder: Path, split: str, info: DatasetInfo) -> Split:
    """Return a split of the prepared dataset in `folder`, memory-mapped and checked against `info`.

    Raises:
        DataError: an array is damaged, has another dtype or shape, or a label is not below K.
    """
    images = load_array(images_path(folder, split), np.uint8, (None, *info.shape))
    labels = load_array(labels_path(folder, split), np.uint8, (len(images),))
    if len(labels) and labels.max() >= len(info.classes):
        raise DataError(
            f"{labels_path(folder, split)}: label {labels.max()}; the labels are 0 to {len(info.classes) - 1}"
        )
    return Split(images, labels)


def load_array(path: Path, dtype: type, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return the array of a .npy file, memory-mapped, read-only and without pickle.

    Args:
        path: the file.
        dtype: what the dtype must be.
        shape: what the shape must be; None stands for any size.

    Raises:
        DataError: the file is damaged, longer than its array, or of another dtype or shape.
    """
    try:
        array = open_memmap(path, mode="r")  # takes neither pickles nor archives
    except FileNotFoundError:
        raise DataError(
            f"{path}: there is no such file; `dvc repro` or `dvc checkout` brings it back"
        ) from None
    except (
        ValueError,
        TypeError,
        OverflowError,
        SyntaxError,
        TokenError,
    ) as problem:  # the header is read as Python
        raise DataError(
            f"{path}: not a whole .npy file; `dvc checkout --force` brings it back"
        ) from problem
    wanted = (
        f"{np.dtype(dtype)} [{', '.join('N' if size is None else str(size) for size in shape)}]"
    )
    fits = len(array.shape) == len(shape) and all(
        want in (None, size) for want, size in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not fits or not array.flags.c_contiguous:
        raise DataError(f"{path}: {array.dtype} {list(array.shape)}; it must be {wanted}")
    if path.stat().st_size != array.offset + array.nbytes:
        raise DataError(
            f"{path}: bytes follow the array; `dvc checkout --force` brings the file back"
        )
    return array


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file at `path`; raise DataError when it is none."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DataError(
            f"{path}: there is no such file; `dvc repro` or `dvc checkout` brings it back"
        ) from None
    except (ValueError, RecursionError) as problem:
        raise DataError(
            f"{path}: not valid JSON; `dvc checkout --force` brings it back"
        ) from problem
    if not isinstance(content, dict):
        raise DataError(f"{path}: a JSON {type(content).__name__}; it must be an object")
    return content
