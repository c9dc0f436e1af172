"""Tests of stages/preprocess.py."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import preprocess
from stages.common.dataset import SPLITS, DatasetInfo, image_digests, load_info, load_split
from stages.common.errors import DataError, ParamError
from stages.common.idx import idx_bytes
from stages.preprocess import duplicates, pixel_mean_and_std, stratified_split
from tests.support.project import write_params
from tests.support.synthetic import (
    CLASSES,
    NAMES,
    idx_files,
    images_and_labels,
    write_catalogue,
)

LABELS = st.lists(st.integers(0, 2), min_size=60, max_size=200).map(
    lambda more: np.array([*range(3), *more] * 4, np.uint8)
)
FRACTIONS = st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.9])


@settings(deadline=None)
@given(LABELS, FRACTIONS, st.integers(0, 2**31 - 1))
def test_each_image_is_in_one_split_and_each_class_in_its_share(
    labels: np.ndarray, fraction: float, seed: int
) -> None:
    """Training and validation rows are disjoint and complete; a share of each class is held out."""
    held_out = {label: round(fraction * count) for label, count in Counter(labels.tolist()).items()}
    if not all(0 < held_out[label] < (labels == label).sum() for label in range(3)):
        with pytest.raises(
            ParamError, match=r"val_fraction: .* leaves no (training|validation) image of class \d"
        ):
            stratified_split(labels, fraction, seed=seed, classes=3)
        return
    train, val = stratified_split(labels, fraction, seed=seed, classes=3)
    assert np.array_equal(np.sort(np.concatenate([train, val])), np.arange(len(labels)))
    assert np.array_equal(np.sort(val), val)
    assert Counter(labels[val].tolist()) == held_out


def test_the_seed_alone_decides_which_images_are_held_out() -> None:
    """A seed gives the same rows, another others, and none favours the first or the last."""
    labels = np.arange(3000, dtype=np.uint8) % 3
    draws = [
        stratified_split(labels, 0.1, seed=seed, classes=3)[1] for seed in (0, 0, *range(1, 60))
    ]
    assert np.array_equal(draws[0], draws[1])
    assert not any(np.array_equal(draws[0], draw) for draw in draws[2:])
    # The mean row of 60 draws of 300: its standard deviation is 3000 / sqrt(12 * 18000) = 6.5.
    assert abs(np.mean(draws[1:]) - 1499.5) < 5 * 6.5


def test_a_fraction_of_0_trains_on_all_images() -> None:
    """Without validation all rows are for training."""
    train, val = stratified_split(np.array([1, 0, 1], np.uint8), 0, seed=0, classes=2)
    assert sorted(train) == [0, 1, 2]
    assert val.tolist() == []


@pytest.mark.parametrize("val_fraction", [0, 0.1])
def test_training_rows_are_in_random_order(val_fraction: float) -> None:
    """A file that is sorted by class gives training rows that mix the classes all along."""
    labels = np.repeat(np.arange(10, dtype=np.uint8), 2000)
    rows, _ = stratified_split(labels, val_fraction, seed=0, classes=10)
    shares = [np.bincount(labels[part], minlength=10) for part in np.array_split(rows, 20)]
    # About 95 of 900 to 1,000 rows of each part: a binomial deviation is below 10.
    assert np.ptp(shares) < 100
    assert min(map(min, shares)) > 40


@pytest.mark.parametrize(
    ("fraction", "reason"),
    [
        (
            0.04,
            r"0\.04 leaves no validation image of class 1, which has 10 in all; raise it, or set",
        ),
        (
            0.96,
            r"0\.96 leaves no training image of class 1, which has 10 in all; lower it, or set",
        ),
    ],
)
def test_a_fraction_that_leaves_a_class_empty_is_a_wrong_param(
    fraction: float, reason: str
) -> None:
    """A class without an image for training, or for validation, is refused by the param's name."""
    labels = np.repeat(np.arange(2, dtype=np.uint8), [100, 10])
    with pytest.raises(ParamError, match=f"^params.yaml: val_fraction: {reason}"):
        stratified_split(labels, fraction, seed=0, classes=2)


@pytest.mark.parametrize("fraction", [0, 0.5])
def test_a_class_without_any_image_is_a_fault_of_the_data(fraction: float) -> None:
    """A class that the catalogue names and no image has is refused whatever the fraction."""
    with pytest.raises(
        DataError,
        match="no training image of class 1; each class must have one",
    ):
        stratified_split(np.array([0, 0, 2, 2], np.uint8), fraction, seed=0, classes=3)


IMAGES = st.lists(st.integers(0, 3), max_size=12)


@given(IMAGES, IMAGES, IMAGES)
def test_duplicates_are_counted_as_by_hand(
    train: list[int], val: list[int], test: list[int]
) -> None:
    """The counts are those of comparing every image with every other, pixel by pixel."""
    kinds = np.zeros(
        (4, 2, 3), np.uint8
    )  # the first two differ in one pixel, the last two in another
    kinds[1, 0, 0], kinds[2, 1, 2], kinds[3, 1, 2] = 1, 255, 254
    splits = {
        split: kinds[np.array(which, int)]
        for split, which in zip(SPLITS, (train, val, test), strict=True)
    }
    expected = []
    for number, split in enumerate(SPLITS):
        images = splits[split]
        copies = [
            any(np.array_equal(image, earlier) for earlier in images[:place])
            for place, image in enumerate(images)
        ]
        expected.append((split, split, sum(copies)))
        for other in SPLITS[:number]:
            shared = [
                any(np.array_equal(image, each) for each in splits[other]) for image in images
            ]
            expected.append((split, other, sum(shared)))
    found = duplicates({split: image_digests(images) for split, images in splits.items()})
    assert [tuple(row.values()) for row in found] == expected


def test_images_that_differ_are_no_duplicates() -> None:
    """Among 60,000 images that differ, each from the next in one pixel, none is a duplicate."""
    images = np.arange(60_000, dtype="<u4").view(np.uint8).reshape(-1, 2, 2)
    assert [row["images"] for row in duplicates({"train": image_digests(images)})] == [0]


def test_pixel_mean_and_std_are_numpy_s() -> None:
    """The mean and deviation from the histogram are those of the pixels, over several blocks."""
    images = np.random.default_rng(0).integers(0, 256, (10_000, 3, 5)).astype(np.uint8) // 3
    pixels = images / 255
    expected = (pixels.mean(), pixels.std())
    assert pixel_mean_and_std(images) == pytest.approx(expected, rel=1e-12)


SOUND = idx_files(train=90, test=30)


def prepare(
    folder: Path, files: Mapping[str, bytes], *, val_fraction: float = 0.2, seed: int = 0
) -> dict[str, object]:
    """Run the stage in `folder`, the working directory, on these raw files; return its metrics."""
    write_catalogue(folder / "data/datasets/shapes.yaml", SOUND, steps="object")
    (folder / "data/raw").mkdir(exist_ok=True)
    for key, content in files.items():
        (folder / "data/raw" / NAMES[key]).write_bytes(content)
    write_params(folder, val_fraction=val_fraction, seed=seed)
    preprocess.main()
    return dict(json.loads((folder / "metrics/preprocess.json").read_text(encoding="utf-8")))


def test_the_arrays_are_the_raw_images_split(here: Path) -> None:
    """The splits hold each raw image once with its label, uint8 and memory-mapped."""
    metrics = prepare(here, SOUND)
    info = load_info(here / "data/prepared")
    assert info == DatasetInfo("shapes", CLASSES, 6, 5, "object")
    splits = {name: load_split(here / "data/prepared", name, info) for name in SPLITS}
    for split in splits.values():
        assert isinstance(split.images, np.memmap)
        assert (split.images.dtype, split.labels.dtype) == (np.uint8, np.uint8)
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 72,
        "val": 18,
        "test": 30,
    }
    images, labels = images_and_labels(90, seed=2)
    raw = Counter(
        (image.tobytes(), label) for image, label in zip(images, labels.tolist(), strict=True)
    )
    pairs = [
        pair
        for name in ("train", "val")
        for pair in zip(splits[name].images, splits[name].labels.tolist(), strict=True)
    ]
    assert Counter((image.tobytes(), label) for image, label in pairs) == raw
    assert np.array_equal(splits["test"].images, images_and_labels(30, seed=3)[0])
    assert [metrics[f"{name}_images"] for name in SPLITS] == [72, 18, 30]
    assert metrics["images_per_class"] == [
        {"class": name, "train": 24, "val": 6, "test": 10} for name in CLASSES
    ]
    pixels = splits["train"].images / 255
    assert metrics["pixel_mean_and_std"] == [round(pixels.mean(), 6), round(pixels.std(), 6)]


def test_the_same_seed_writes_the_same_bytes(here: Path) -> None:
    """Two runs with one seed write identical files; another seed makes another split."""
    written = []
    for seed in (0, 0, 1):
        prepare(here, SOUND, seed=seed)
        written.append(
            {path.name: path.read_bytes() for path in (here / "data/prepared").iterdir()}
        )
    assert written[0] == written[1]
    assert written[0]["train_images.npy"] != written[2]["train_images.npy"]
    assert written[0]["test_images.npy"] == written[2]["test_images.npy"]


def test_no_validation_split_is_written_as_empty_arrays(here: Path) -> None:
    """With val_fraction 0 the validation arrays are there and empty."""
    metrics = prepare(here, SOUND, val_fraction=0)
    info = load_info(here / "data/prepared")
    assert load_split(here / "data/prepared", "val", info).images.shape == (0, 6, 5)
    assert (metrics["train_images"], metrics["val_images"]) == (90, 0)


IMAGE_90, LABEL_90 = images_and_labels(90, seed=2)
MISMATCHES = {
    "a label too few": (
        {"train_labels": idx_bytes(LABEL_90[:-1])},
        "89 labels for 90 images; there must be one label for each image",
    ),
    "a label too many": ({"train_images": idx_bytes(IMAGE_90[:-1])}, "90 labels for 89 images"),
    "a label out of range": (
        {"test_labels": idx_bytes(np.full(30, 3, np.uint8))},
        "label 3; the catalogue names 3 classes, 0 to 2",
    ),
    "all labels alike": (
        {"train_labels": idx_bytes(np.zeros(90, np.uint8))},
        "no training image of class 1",
    ),
    "test images of another size": (
        {"test_images": idx_bytes(np.zeros((30, 5, 6), np.uint8))},
        "training images are 6x5 and test images 5x6 pixels; they must be of one size",
    ),
    "labels for images": (
        {"train_images": SOUND["train_labels"]},
        "train-images-idx3-ubyte: 1 dimensions; there must be 3",
    ),
    "images for labels": (
        {"test_labels": SOUND["test_images"]},
        "t10k-labels-idx1-ubyte: 3 dimensions",
    ),
    "a truncated file": (
        {"train_images": SOUND["train_images"][:-1]},
        "2715 bytes; a header of .* needs 2716",
    ),
    "a gzip file": (
        {"train_images": gzip.compress(SOUND["train_images"])},
        "not an IDX file: it begins with 1f 8b",
    ),
    "an empty file": ({"test_labels": b""}, "t10k-labels-idx1-ubyte: the file is empty"),
}


@pytest.mark.parametrize(("changed", "reason"), MISMATCHES.values(), ids=MISMATCHES.keys())
def test_raw_files_that_do_not_fit_are_refused(
    changed: dict[str, bytes], reason: str, here: Path
) -> None:
    """Files that disagree are refused with the numbers, before anything is written."""
    with pytest.raises(DataError, match=reason) as caught:
        prepare(here, SOUND | changed)
    assert "\n" not in str(caught.value)
    assert not (here / "data/prepared").exists()
    assert not (here / "metrics").exists()
