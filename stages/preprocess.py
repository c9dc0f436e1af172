"""Stage preprocess: raw IDX files to validated, split, memory-mappable arrays.

N images, H x W pixels, K classes. Images are uint8 [N, H, W] and labels uint8 [N] throughout. Both
are memory-mapped, and no more than BLOCK images are in memory at once.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.catalogue import load_entry
from stages.common.dataset import (
    PIXEL_SCALE,
    PREPARED,
    SPLITS,
    DatasetInfo,
    Split,
    image_digests,
    load_split,
    save_info,
    save_split,
)
from stages.common.errors import DataError, ParamError, run_stage
from stages.common.files import BLOCK, write_metrics
from stages.common.idx import read_idx
from stages.common.params import load_params

RAW, METRICS = Path("data/raw"), Path("metrics/preprocess.json")


def read_raw(part: str, classes: int) -> Split:
    """Return a part ("train" or "t10k") of data/raw/, memory-mapped and validated.

    Raises:
        DataError: a file is damaged, the counts differ, or a label is not below `classes`.
    """
    images = read_idx(RAW / f"{part}-images-idx3-ubyte", ndim=3)
    path = RAW / f"{part}-labels-idx1-ubyte"
    labels = read_idx(path, ndim=1)
    if len(labels) != len(images):
        counts = f"{len(labels)} labels for {len(images)} images"
        raise DataError(f"{path}: {counts}; there must be one label for each image")
    if labels.max() >= classes:
        named = f"the catalogue names {classes} classes, 0 to {classes - 1}"
        raise DataError(f"{path}: label {labels.max()}; {named}")
    return Split(images, labels)


def check_same_size(train: Split, test: Split) -> None:
    """Raise DataError when training and test images are not of one size."""
    sizes = [f"{height}x{width}" for _, height, width in (train.images.shape, test.images.shape)]
    if sizes[0] != sizes[1]:
        found = f"training images are {sizes[0]} and test images {sizes[1]} pixels"
        raise DataError(f"{RAW}: {found}; they must be of one size")


def stratified_split(
    labels: np.ndarray, val_fraction: float, *, seed: int, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Divide images between training and validation, by the same share of each class.

    Args:
        labels: [N] integers in 0..K-1.
        val_fraction: the share for validation, rounded to whole images in each class.
        seed: of the draw, and of the order of the training images.
        classes: K.

    Returns:
        The rows for training, in random order, and for validation, sorted; together 0..N-1.

    Raises:
        DataError: a class has no image.
        ParamError: a class would have no image left for training, or none for validation.
    """
    random = np.random.default_rng(seed)
    in_val = np.zeros(len(labels), bool)
    for label in range(classes):
        rows = np.flatnonzero(labels == label)
        held_out = round(val_fraction * len(rows))
        _check_class(label, len(rows), held_out, val_fraction)
        in_val[random.permutation(rows)[:held_out]] = True
    return random.permutation(np.flatnonzero(~in_val)), np.flatnonzero(in_val)


def _check_class(label: int, images: int, held_out: int, val_fraction: float) -> None:
    """Raise an error when a class has no image, or no image for one of the two splits."""
    if not images:
        raise DataError(f"{RAW}: no training image of class {label}; each class must have one")
    problem = ""
    if held_out == images:
        problem = f"no training image of class {label}, which has {images} in all; lower it"
    elif val_fraction and not held_out:
        problem = f"no validation image of class {label}, which has {images} in all; raise it"
    if problem:
        where = f"params.yaml: val_fraction: {val_fraction}"
        raise ParamError(f"{where} leaves {problem}, or set it to 0 for no validation")


def duplicates(digests: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Count the images of each split that are also in it before, or in an earlier split."""
    seen = {split: set(each) for split, each in digests.items()}
    counts = []
    for number, split in enumerate(digests):
        repeated = len(digests[split]) - len(seen[split])
        counts.append({"split": split, "of": split, "images": repeated})
        for earlier in list(digests)[:number]:
            shared = sum(digest in seen[earlier] for digest in digests[split])
            counts.append({"split": split, "of": earlier, "images": shared})
    return counts


def pixel_mean_and_std(images: np.ndarray) -> tuple[float, float]:
    """Return the mean and the standard deviation of all pixels, scaled to [0, 1]."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(images), BLOCK):
        counts += np.bincount(images[start : start + BLOCK].ravel(), minlength=256)
    values = np.arange(256) * PIXEL_SCALE
    mean = np.average(values, weights=counts)
    return float(mean), float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))


def metrics_of(splits: dict[str, Split], classes: Sequence[str]) -> dict[str, Any]:
    """Return the content of metrics/preprocess.json; pixel figures are of the training split."""
    counts = {
        name: np.bincount(split.labels, minlength=len(classes)).tolist()
        for name, split in splits.items()
    }
    digests = {name: image_digests(split.images) for name, split in splits.items()}
    return {
        **{f"{name}_images": len(split) for name, split in splits.items()},
        "pixel_mean_and_std": pixel_mean_and_std(splits["train"].images),
        "duplicates": duplicates(digests),
        "images_per_class": [
            {"class": name} | {split: counts[split][label] for split in splits}
            for label, name in enumerate(classes)
        ],
    }


def main() -> None:
    """Prepare data/raw/ into data/prepared/ and write metrics/preprocess.json."""
    params = load_params()
    entry = load_entry(params.dataset)
    classes = tuple(entry.classes)
    train, test = read_raw("train", len(classes)), read_raw("t10k", len(classes))
    check_same_size(train, test)
    rows, val_rows = stratified_split(
        train.labels, params.val_fraction, seed=params.seed, classes=len(classes)
    )
    save_split(PREPARED, "train", train, rows)
    save_split(PREPARED, "val", train, val_rows)
    save_split(PREPARED, "test", test, np.arange(len(test)))
    _, height, width = train.images.shape
    info = DatasetInfo(params.dataset, classes, height, width, entry.steps)
    save_info(PREPARED, info)
    splits = {split: load_split(PREPARED, split, info) for split in SPLITS}
    write_metrics(METRICS, metrics_of(splits, classes))
    counts = ", ".join(f"{name} {len(split)}" for name, split in splits.items())
    print(f"{counts} images of {len(classes)} classes")


if __name__ == "__main__":
    run_stage("preprocess", main)
