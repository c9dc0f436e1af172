"""Stage preprocess: raw IDX files to validated, split, memory-mappable arrays.

N images, H x W pixels, K classes. Images are uint8 [N, H, W] and labels uint8 [N] throughout; both are
memory-mapped, and no more than a chunk of images is in memory at once.
"""

from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.dataset import (
    PIXEL_SCALE,
    SPLITS,
    DatasetInfo,
    Split,
    images_path,
    info_path,
    labels_path,
)
from stages.common.errors import DataError, ParamError, run_stage
from stages.common.files import write_array, write_json, write_metrics
from stages.common.params import load_params
from stages.common.sources.idx import read_idx
from stages.common.sources.catalogue import load_entry

RAW, PREPARED, METRICS = Path("data/raw"), Path("data/prepared"), Path("metrics/preprocess.json")

_CHUNK = 4096  # images in memory at once


def read_raw(part: str, classes: int) -> Split:
    """Return the images and labels of a part ("train" or "t10k") of data/raw/, memory-mapped and validated.

    Raises:
        DataError: a file is not what it must be, the counts differ, or a label is not below `classes`.
    """
    images = read_idx(RAW / f"{part}-images-idx3-ubyte", ndim=3)
    path = RAW / f"{part}-labels-idx1-ubyte"
    labels = read_idx(path, ndim=1)
    if len(labels) != len(images):
        raise DataError(
            f"{path}: {len(labels)} labels for {len(images)} images; there must be as many"
        )
    if labels.max() >= classes:
        raise DataError(
            f"{path}: label {labels.max()}; the catalogue names {classes} classes, 0 to {classes - 1}"
        )
    return Split(images, labels)


def stratified_split(
    labels: np.ndarray, val_fraction: float, *, seed: int, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Divide images between training and validation, by the same share of each class.

    Args:
        labels: [N] integers in 0..classes-1.
        val_fraction: the share for validation, rounded to whole images in each class.
        seed: of the draw.
        classes: K.

    Returns:
        The rows for training and for validation, each sorted; together 0..N-1.

    Raises:
        DataError: a class has no image.
        ParamError: a class would have no image left for training, or none for validation.
    """
    random = np.random.default_rng(seed)
    in_val = np.zeros(len(labels), bool)
    for label in range(classes):
        rows = np.flatnonzero(labels == label)
        if not len(rows):
            raise DataError(
                f"{RAW}: no training image of class {label}; each of the catalogue's {classes} classes must have one"
            )
        held_out = round(val_fraction * len(rows))
        if held_out == len(rows) or (val_fraction and not held_out):
            side, mend = ("training", "lower") if held_out == len(rows) else ("validation", "raise")
            raise ParamError(
                f"params.yaml: val_fraction: {val_fraction} leaves no {side} image of class {label}, "
                f"which has {len(rows)} in all; {mend} it, or set it to 0 for no validation"
            )
        in_val[random.permutation(rows)[:held_out]] = True
    return np.flatnonzero(~in_val), np.flatnonzero(in_val)


def image_digests(images: np.ndarray) -> list[bytes]:
    """Return a digest of each image, equal for equal images alone (128 bits)."""
    return [blake2b(image.data, digest_size=16).digest() for image in images]


def duplicates(digests: dict[str, list[bytes]]) -> dict[str, int]:
    """Count repeated images: within a split, every copy after the first; across two, those of the later split."""
    seen = {split: set(each) for split, each in digests.items()}
    counts = {
        f"duplicates_in_{split}": len(each) - len(seen[split]) for split, each in digests.items()
    }
    for earlier, later in (("train", "val"), ("train", "test"), ("val", "test")):
        counts[f"duplicates_of_{earlier}_in_{later}"] = sum(
            digest in seen[earlier] for digest in digests[later]
        )
    return counts


def pixel_mean_and_std(images: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Return the mean and standard deviation of the pixels of `images[rows]`, scaled to [0, 1]."""
    pairs = np.zeros(
        1 << 16, np.int64
    )  # counts of two neighbours at once: half as many steps for bincount
    last = np.zeros(256, np.int64)
    for start in range(0, len(rows), _CHUNK):
        pixels = images[rows[start : start + _CHUNK]].ravel()
        even = pixels.size // 2 * 2
        pairs += np.bincount(pixels[:even].view(np.uint16), minlength=len(pairs))
        last += np.bincount(pixels[even:], minlength=256)
    histogram = pairs.reshape(256, 256).sum(axis=0) + pairs.reshape(256, 256).sum(axis=1) + last
    values = np.arange(256) * PIXEL_SCALE
    mean = float((histogram * values).sum() / histogram.sum())
    return mean, float(np.sqrt((histogram * (values - mean) ** 2).sum() / histogram.sum()))


def main() -> None:
    """Prepare data/raw/ into data/prepared/ and write metrics/preprocess.json."""
    params = load_params()
    classes = load_entry(params.dataset).classes
    raw_train, raw_test = read_raw("train", len(classes)), read_raw("t10k", len(classes))
    if raw_test.images.shape[1:] != raw_train.images.shape[1:]:
        sizes = " and ".join(
            f"{height}x{width}"
            for _, height, width in (raw_train.images.shape, raw_test.images.shape)
        )
        raise DataError(
            f"{RAW}: training and test images are of different sizes, {sizes}; they must be the same"
        )
    train, val = stratified_split(
        raw_train.labels, params.val_fraction, seed=params.seed, classes=len(classes)
    )
    rows = {"train": train, "val": val, "test": np.arange(len(raw_test))}
    raw = {"train": raw_train, "val": raw_train, "test": raw_test}
    for split in SPLITS:
        write_array(images_path(PREPARED, split), raw[split].images, rows[split])
        write_array(labels_path(PREPARED, split), raw[split].labels, rows[split])
    write_json(
        info_path(PREPARED),
        asdict(DatasetInfo(params.dataset, tuple(classes), *raw_train.images.shape[1:])),
    )

    train_digests = image_digests(raw_train.images)
    digests = {split: [train_digests[row] for row in rows[split]] for split in ("train", "val")}
    digests["test"] = image_digests(raw_test.images)
    counts = {
        split: np.bincount(raw[split].labels[rows[split]], minlength=len(classes))
        for split in SPLITS
    }
    mean, std = pixel_mean_and_std(raw_train.images, train)
    metrics: dict[str, Any] = {f"{split}_images": len(rows[split]) for split in SPLITS}
    metrics |= {"pixel_mean": mean, "pixel_std": std} | duplicates(digests)
    metrics["per_class"] = [
        {"class": name} | {split: int(counts[split][label]) for split in SPLITS}
        for label, name in enumerate(classes)
    ]
    write_metrics(METRICS, metrics)
    print(
        ", ".join(f"{split} {len(rows[split])}" for split in SPLITS),
        "images of",
        len(classes),
        "classes",
    )


if __name__ == "__main__":
    run_stage("preprocess", main)
