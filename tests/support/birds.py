"""Folders of pictures to import, and what an import made of them."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from stages.common.catalogue import load_entry
from stages.common.idx import read_idx

KEYS = ("train_images", "train_labels", "test_images", "test_labels")


def photograph(seed: int, size: tuple[int, int] = (48, 36)) -> Image.Image:
    """Return a smooth coloured picture, drawn from a seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def write_birds(
    folder: Path, *, each: int = 10, classes: tuple[str, ...] = ("crow", "tit"), start: int = 0
) -> Path:
    """Write a folder for each class, with `each` pictures of different kinds, sizes and seeds."""
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(start, start + each):
            kind = ("png", "jpg", "gif")[number % 3]
            picture = photograph(1000 * label + number, (40 + 5 * number, 36))
            picture.save(folder / name / f"{number}.{kind}")
    return folder


def imported(name: str, root: Path = Path()) -> list[np.ndarray]:
    """Return the arrays of an imported dataset: train images, train labels, test images, labels."""
    entry = load_entry(name, root / "data/datasets")
    folder = root / str(entry.sources[0].directory)
    return [read_idx(folder / entry.files[k].name, ndim=3 if "im" in k else 1) for k in KEYS]


def listed(name: str, root: Path = Path()) -> list[dict[str, str]]:
    """Return the rows of pictures.csv."""
    with (root / f"data/local/{name}/pictures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def splits(name: str, root: Path = Path()) -> dict[str, str]:
    """Return the split of each image, by its digest."""
    return {row["digest"]: row["split"] for row in listed(name, root) if row["split"]}
