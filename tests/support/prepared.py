"""A small prepared dataset, written with plain NumPy and json: a wrong writer shows."""

import json
from pathlib import Path

import numpy as np

from stages.common.dataset import DatasetInfo, Split
from tests.support.synthetic import CLASSES, images_and_labels

SHAPE = (6, 5)
INFO = DatasetInfo("shapes", CLASSES, *SHAPE, "whole")


def info_of(classes: int, shape: tuple[int, int] = SHAPE) -> DatasetInfo:
    """Return the description of a dataset with `classes` classes."""
    names = tuple(f"shape {label}" for label in range(classes))
    return DatasetInfo("shapes", names, *shape, "whole")


def split_of(count: int, *, seed: int, info: DatasetInfo = INFO) -> Split:
    """Return `count` images and their labels, drawn from `seed`."""
    return Split(*images_and_labels(count, seed=seed, shape=info.shape, classes=len(info.classes)))


def write_prepared(folder: Path, splits: dict[str, Split], info: DatasetInfo = INFO) -> None:
    """Write the files that stage preprocess makes into `folder`."""
    folder.mkdir(parents=True)
    for name, split in splits.items():
        np.save(folder / f"{name}_images.npy", split.images)
        np.save(folder / f"{name}_labels.npy", split.labels)
    content = {
        "dataset": info.dataset,
        "classes": list(info.classes),
        "height": info.height,
        "width": info.width,
        "steps": info.steps,
    }
    (folder / "dataset.json").write_text(json.dumps(content), encoding="utf-8")


def write_shapes(folder: Path, *, val: int = 30, info: DatasetInfo = INFO) -> dict[str, Split]:
    """Write 200 images for training, `val` for validation and 60 for testing; return them."""
    counts = {"train": 200, "val": val, "test": 60}
    splits = {
        name: split_of(count, seed=seed, info=info)
        for seed, (name, count) in enumerate(counts.items())
    }
    write_prepared(folder, splits, info)
    return splits
