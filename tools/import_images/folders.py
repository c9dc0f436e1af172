"""Class folders of pictures, read into arrays.

N images of H x W pixels, uint8; K classes, one for each sub-folder.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError
from tqdm import tqdm

from stages.common.catalogue import CatalogueEntry
from stages.common.errors import DataError
from tools.pictures.fitting import fit_whole
from tools.pictures.names import shown
from tools.pictures.reading import ENOUGH, read_picture
from tools.pictures.walking import find_files

_AT_ONCE = 1024  # files read ahead
# What the catalogue allows as the names of classes.
_names: Any = CatalogueEntry.model_fields["classes"].annotation


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder, in the order of classes and names."""

    classes: tuple[str, ...]  # [K]
    files: list[Path]  # [N], relative to the folder
    images: np.ndarray  # [N, H, W] uint8
    labels: np.ndarray  # [N] uint8, 0..K-1
    unreadable: dict[Path, str]  # why, by the path relative to the folder


def class_folders(folder: Path) -> list[Path]:
    """Return the sub-folders of a folder, one for each class; `2` comes before `10`."""
    if not folder.is_dir():
        raise DataError(f"{shown(folder)}: there is no such folder")
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    if not 2 <= len(found) <= 256:
        count = f"{len(found)} sub-folder{'' if len(found) == 1 else 's'}"
        raise DataError(f"{shown(folder)}: {count}; it must have one for each of 2 to 256 classes")
    for each in found:
        _check_name(each)
    return sorted(found, key=lambda path: (_natural(path.name), path.name))


def _check_name(folder: Path) -> None:
    try:
        TypeAdapter(_names).validate_python([folder.name])
    except ValidationError as problem:
        reason = problem.errors()[0]["msg"].removeprefix("Value error, ")
        raise DataError(f"{shown(folder)}: the name of a class: {reason}; rename it") from problem


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)  # words and numbers in turn
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def read_folders(folder: Path, height: int, width: int) -> Pictures:
    """Read the pictures in the class folders of `folder`, and in the folders below them.

    Raises:
        DataError: there are fewer than 2 classes or more than 256, or a class has fewer than two
            pictures: one for training and one for testing.
    """
    folders = class_folders(folder)
    labelled = [
        (file, label) for label, each in enumerate(folders) for file in find_files([each]).files
    ]

    def read(file: Path) -> np.ndarray | DataError:
        try:
            picture = read_picture(file, side=ENOUGH * max(height, width))
            return fit_whole(picture, height, width)
        except DataError as problem:
            return problem

    files, images, labels, unreadable = [], [], [], {}
    with (
        ThreadPoolExecutor() as pool,
        tqdm(total=len(labelled), unit=" files", disable=None, leave=False) as bar,
    ):
        for start in range(0, len(labelled), _AT_ONCE):
            part = labelled[start : start + _AT_ONCE]
            for (file, label), image in zip(
                part, pool.map(read, [f for f, _ in part]), strict=True
            ):
                bar.update()
                if isinstance(image, DataError):
                    unreadable[file.relative_to(folder)] = str(image)
                else:
                    files.append(file.relative_to(folder))
                    images.append(image)
                    labels.append(label)
    _check_classes(folders, labels, unreadable)
    classes = tuple(each.name for each in folders)
    return Pictures(classes, files, np.stack(images), np.array(labels, np.uint8), unreadable)


def _check_classes(
    folders: Sequence[Path], labels: Sequence[int], unreadable: dict[Path, str]
) -> None:
    counts = np.bincount(np.array(labels, int), minlength=len(folders))
    for each, count in zip(folders, counts, strict=True):
        if count < 2:
            needed = "a class needs one for training and one for testing"
            refused = (
                f" ({shown(f)}: {why})" for f, why in unreadable.items() if f.parts[0] == each.name
            )
            raise DataError(
                f"{shown(each)}: {count} readable pictures; {needed}{next(refused, '')}"
            )
