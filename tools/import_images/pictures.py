"""The pictures of classes, read into arrays.

N images of H x W pixels, uint8; K classes.
"""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from stages.common.errors import DataError
from tools.import_images.layout import Layout
from tools.pictures.fitting import Fitted, read_image
from tools.pictures.names import shown
from tools.pictures.walking import find_files

_AT_ONCE = 1024  # files read ahead


@dataclass(frozen=True)
class Pictures:
    """The pictures of a folder, in the order of classes and names."""

    classes: tuple[str, ...]  # [K]
    files: list[Path]  # [N], relative to the folder
    splits: list[str]  # [N], the names of the split's folders, "" where there are none
    images: np.ndarray  # [N, H, W] uint8
    labels: np.ndarray  # [N] uint8, 0..K-1
    notes: dict[str, list[Path]]  # what was assumed, and of which of `files`
    left_out: dict[Path, str]  # why, by the path relative to the folder
    ignored: int  # hidden and system files and folders


def read_pictures(folder: Path, layout: Layout, height: int, width: int) -> Pictures:
    """Read the pictures in the folders of the classes, and in the folders below them.

    Raises:
        DataError: a class has fewer than two pictures: one for training and one for testing.
    """
    classes = layout.classes
    left_out = dict.fromkeys(layout.loose, "in no class's folder")
    found, ignored = [], len(layout.ignored)
    for each in sorted(layout.folders, key=lambda each: classes.index(each.name)):
        walked = find_files([each.path])
        found += [(file, classes.index(each.name), each.split) for file in walked.files]
        left_out |= walked.left_out
        ignored += len(walked.ignored)
    files, labels, splits, images = [], [], [], []
    notes: dict[str, list[Path]] = defaultdict(list)
    images_of = _read([file for file, _, _ in found], height, width)
    for (file, label, split), image in zip(found, images_of, strict=True):
        if isinstance(image, DataError):
            left_out[file] = str(image)
            continue
        files.append(file.relative_to(folder))
        labels.append(label)
        splits.append(split)
        images.append(image.pixels)
        for note in image.notes:
            notes[note].append(files[-1])
    left_out = {file.relative_to(folder): why for file, why in left_out.items()}
    _check_classes(folder, layout, labels, left_out)
    arrays = np.stack(images), np.array(labels, np.uint8)
    return Pictures(classes, files, splits, *arrays, notes, left_out, ignored)


def _read(files: list[Path], height: int, width: int) -> Iterator[Fitted | DataError]:
    """Yield the image of each picture, or why there is none."""

    def read(file: Path) -> Fitted | DataError:
        try:
            return read_image(file, height, width, "whole")
        except DataError as problem:
            return problem

    with (
        ThreadPoolExecutor() as pool,
        tqdm(total=len(files), unit=" files", disable=None, leave=False) as bar,
    ):
        for start in range(0, len(files), _AT_ONCE):
            for image in pool.map(read, files[start : start + _AT_ONCE]):
                bar.update()
                yield image


def _check_classes(
    folder: Path, layout: Layout, labels: list[int], left_out: dict[Path, str]
) -> None:
    counts = np.bincount(np.array(labels, int), minlength=len(layout.classes))
    for name, count in zip(layout.classes, counts, strict=True):
        if count >= 2:
            continue
        places = [each.path.relative_to(folder) for each in layout.folders if each.name == name]
        refused = [
            f"{shown(file)}: {why}"
            for file, why in left_out.items()
            if any(file.is_relative_to(place) for place in places)
        ]
        needed = "a class needs one for training and one for testing"
        first = f" ({len(refused)} left out, the first {refused[0]})" if refused else ""
        raise DataError(f"{shown(folder / name)}: {count} readable pictures; {needed}{first}")
