"""A small dataset in IDX files that a linear model can learn, made from a seed."""

import gzip
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from stages.common.idx import idx_bytes

CLASSES = ("circle", "square", "triangle")
NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}


def images_and_labels(
    count: int, *, seed: int, shape: tuple[int, int] = (6, 5), classes: int = len(CLASSES)
) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy copies [N, H, W] uint8 of one pattern per class, and their labels [N] uint8."""
    patterns = np.random.default_rng(1).integers(0, 256, (classes, *shape))
    random = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    noisy = patterns[labels] + random.normal(0, 60, (count, *shape))
    return noisy.clip(0, 255).astype(np.uint8), labels.astype(np.uint8)


def idx_files(
    *,
    train: int = 300,
    test: int = 60,
    shape: tuple[int, int] = (6, 5),
    classes: int = len(CLASSES),
) -> dict[str, bytes]:
    """Return the decompressed bytes of the four files, by their keys in the catalogue."""
    train_images, train_labels = images_and_labels(train, seed=2, shape=shape, classes=classes)
    test_images, test_labels = images_and_labels(test, seed=3, shape=shape, classes=classes)
    arrays = zip(NAMES, (train_images, train_labels, test_images, test_labels), strict=True)
    return {key: idx_bytes(array) for key, array in arrays}


def write_source(folder: Path, files: dict[str, bytes], *, compress: bool = True) -> None:
    """Write the four files into `folder`, as a source has them."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, content in files.items():
        path = folder / (NAMES[key] + (".gz" if compress else ""))
        path.write_bytes(gzip.compress(content, mtime=0) if compress else content)


def write_catalogue(
    path: Path,
    files: dict[str, bytes],
    *,
    sources: Sequence[dict[str, str]] = (),
    classes: Sequence[str] = CLASSES,
    steps: str = "whole",
) -> None:
    """Write the catalogue's file of a dataset that has these files."""
    entry = {
        "title": "Noisy shapes",
        "steps": steps,
        "classes": list(classes),
        "files": {
            key: {
                "name": NAMES[key],
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for key, content in files.items()
        },
        "sources": list(sources),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(entry, sort_keys=False), encoding="utf-8")
