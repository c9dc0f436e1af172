"""The prepared dataset: what preprocess writes, and train and evaluate read.

N images of H x W pixels, D = H * W pixels an image, K classes.

    data/prepared/dataset.json              name of the dataset, its class names, H, W and steps
    data/prepared/SPLIT_images.npy          [N, H, W] uint8, 0 is black and 255 is white
    data/prepared/SPLIT_labels.npy          [N] uint8, 0..K-1

SPLIT is train, val or test; val has N = 0 when `val_fraction` is 0. Pixels are scaled to [0, 1] by
PIXEL_SCALE when they are used, not here. The training images are stored in random order, so any
run of consecutive ones is a fair mix of the classes.
"""

from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pydantic
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from stages.common.errors import DataError
from stages.common.files import read_array, read_bytes, write_array, write_json

PREPARED = Path("data/prepared")
SPLITS = ("train", "val", "test")
PIXEL_SCALE = 1 / 255  # uint8 to [0, 1]

# A record read from JSON: each value of its declared type, none missing, none unknown.
RECORD = ConfigDict(strict=True, extra="forbid")
_Size = Annotated[int, Field(gt=0)]
# How a picture becomes an image: the object alone on black, or the whole picture.
Steps = Literal["object", "whole"]


@pydantic.dataclasses.dataclass(frozen=True, config=RECORD)
class DatasetInfo:
    """Name, classes and image size of a dataset."""

    dataset: str
    classes: tuple[str, ...]  # [K]
    height: _Size
    width: _Size
    steps: Steps  # that made the images, and make one of a new picture

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


def image_digests(images: np.ndarray) -> list[str]:
    """Return a digest of 64 bits for each image [N, H, W], in hexadecimal."""
    # Slices of a memory map take twice the time of slices of an array.
    return [blake2b(image, digest_size=8).hexdigest() for image in np.asarray(images)]


def images_path(folder: Path, split: str) -> Path:
    """Return the path of the images of `split` in `folder`."""
    return folder / f"{split}_images.npy"


def labels_path(folder: Path, split: str) -> Path:
    """Return the path of the labels of `split` in `folder`."""
    return folder / f"{split}_labels.npy"


def info_path(folder: Path) -> Path:
    """Return the path of the description of the dataset in `folder`."""
    return folder / "dataset.json"


def save_info(folder: Path, info: DatasetInfo) -> None:
    """Write the description of a prepared dataset into `folder`."""
    write_json(info_path(folder), asdict(info))


def load_info(folder: Path) -> DatasetInfo:
    """Return the description of the dataset in `folder`; raise DataError when it is not one."""
    path = info_path(folder)
    try:
        return TypeAdapter(DatasetInfo).validate_json(read_bytes(path))
    except ValidationError as problem:
        wrong = "not the description of a prepared dataset"
        raise DataError(f"{path}: {wrong}; `dvc repro` makes it again") from problem


def save_split(folder: Path, split: str, data: Split, rows: np.ndarray) -> None:
    """Write the `rows` [M] of `data`, in that order, into `folder` as the split `split`."""
    write_array(images_path(folder, split), data.images, rows)
    write_array(labels_path(folder, split), data.labels, rows)


def load_split(folder: Path, split: str, info: DatasetInfo) -> Split:
    """Return a split of the dataset in `folder`, memory-mapped and checked against `info`.

    Raises:
        DataError: an array is damaged, has another dtype or shape, or a label is not below K.
    """
    images = read_array(images_path(folder, split), np.uint8, (None, *info.shape))
    path = labels_path(folder, split)
    labels = read_array(path, np.uint8, (len(images),))
    if len(labels) and labels.max() >= len(info.classes):
        last = len(info.classes) - 1
        raise DataError(f"{path}: label {labels.max()}; the labels are 0 to {last}")
    return Split(images, labels)
