"""Tests of tools/import_images/split.py and duplicates.py: which images are for testing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stages.common.errors import DataError
from tools.import_images.dataset import Settings, Version
from tools.import_images.duplicates import LEVELS, near_groups, thumbnails
from tools.import_images.pictures import Pictures
from tools.import_images.split import Split, draw, list_pictures, split_images

SETTINGS = Settings(height=8, width=8)


def pictures_of(images: np.ndarray, labels: np.ndarray, *splits: str) -> Pictures:
    """Return pictures whose images these are."""
    classes = tuple("abc"[: int(labels.max()) + 1])
    files = [Path(classes[label]) / f"{row}.png" for row, label in enumerate(labels)]
    folders = list(splits) or [""] * len(files)
    return Pictures(classes, files, folders, images, labels, {}, {}, 0)


def noise(count: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return images [N, 8, 8] that are near to no other, and their labels in three classes."""
    images = np.random.default_rng(seed).integers(0, 256, (count, 8, 8)).astype(np.uint8)
    return images, (np.arange(count) % 3).astype(np.uint8)


def version_of(pictures: Pictures, split: Split, settings: Settings = SETTINGS) -> Version:
    """Return pictures as the last version of a dataset."""
    order = np.concatenate([np.flatnonzero(~split.in_test), np.flatnonzero(split.in_test)])
    return Version(settings, pictures.images[order], list_pictures(pictures, split))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.9])
def test_shares_are_met_within_what_chance_allows(share: float) -> None:
    """Of 3,000 images each class tests its share, within four standard deviations."""
    images, labels = noise(3000)
    settings = replace(SETTINGS, test_share=share)
    split = split_images(pictures_of(images, labels), settings, None)
    for label in range(3):
        found = split.in_test[labels == label].mean()
        assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / 1000)


def test_the_split_depends_on_the_images_and_the_seed_alone() -> None:
    """Order, other images and classes change nothing; another seed draws another split."""
    images, labels = noise(600)
    whole = split_images(pictures_of(images, labels), SETTINGS, None)
    order = np.random.default_rng(1).permutation(600)[:400]
    part = split_images(pictures_of(images[order], labels[order]), SETTINGS, None)
    assert np.array_equal(part.in_test, whole.in_test[order])
    other = split_images(pictures_of(images, labels), replace(SETTINGS, seed=1), None)
    assert 0.2 < (whole.in_test != other.in_test).mean() < 0.45  # 2 * 0.2 * 0.8


def test_the_numbers_of_the_draw_stay_what_they_are() -> None:
    """The draw is a format: with another one, each dataset would get another split."""
    assert draw("00ff00ff00ff00ff", 0) == pytest.approx(0.8702836336901376)


def test_a_growing_dataset_keeps_its_split() -> None:
    """New images move no old one, whatever is near to what; they join their near-duplicates."""
    images, labels = noise(300)
    before = pictures_of(images, labels)
    split = split_images(before, SETTINGS, None)
    copies = np.clip(images.astype(int) + 2, 0, 255).astype(np.uint8)
    more, more_labels = noise(90, seed=1)
    after = pictures_of(
        np.concatenate([copies, more, images]), np.concatenate([labels, more_labels, labels])
    )
    grown = split_images(after, SETTINGS, version_of(before, split))
    assert np.array_equal(grown.in_test[-300:], split.in_test)
    assert np.array_equal(grown.in_test[:300], split.in_test)


def test_images_that_were_read_a_little_differently_stay() -> None:
    """Another version of a decoder changes digests, and no image's side."""
    images, labels = noise(300)
    before = pictures_of(images, labels)
    split = split_images(before, SETTINGS, None)
    off = pictures_of((images ^ 1), labels)
    assert np.array_equal(
        split_images(off, SETTINGS, version_of(before, split)).in_test, split.in_test
    )
    anew = split_images(off, SETTINGS, None)
    assert not np.array_equal(anew.in_test, split.in_test)


def test_another_share_or_seed_draws_anew() -> None:
    """A larger share keeps the images for testing and adds some."""
    images, labels = noise(300)
    before = pictures_of(images, labels)
    split = split_images(before, SETTINGS, None)
    more = replace(SETTINGS, test_share=0.4)
    grown = split_images(before, more, version_of(before, split))
    assert (grown.in_test[split.in_test]).all()
    assert 0.3 < grown.in_test.mean() < 0.5


def test_equal_and_near_images_are_on_one_side() -> None:
    """Whatever their classes are, near-duplicates are for training or for testing together."""
    images, labels = noise(300)
    near = np.clip(images.astype(int) + 2, 0, 255).astype(np.uint8)
    pictures = pictures_of(
        np.concatenate([images, near, images]), np.tile((labels + 1) % 3, 3).astype(np.uint8)
    )
    split = split_images(pictures, SETTINGS, None)
    first, second, third = split.in_test.reshape(3, 300)
    assert np.array_equal(first, second)
    assert np.array_equal(first, third)
    assert 0.1 < first.mean() < 0.3


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_each_class_has_an_image_on_each_side(share: float) -> None:
    """Of two images one is for testing, even if their pictures are near-duplicates."""
    images, _ = noise(3)
    near = np.clip(images.astype(int) + 2, 0, 255).astype(np.uint8)
    pictures = pictures_of(np.concatenate([images, near]), np.array([0, 0, 1, 0, 0, 1], np.uint8))
    split = split_images(pictures, replace(SETTINGS, test_share=share), None)
    for label in range(2):
        assert np.bincount(split.in_test[pictures.labels == label], minlength=2).all()
    assert np.array_equal(split.in_test[:2], split.in_test[3:5])  # could move as one
    assert split.in_test[2] != split.in_test[5]


def test_a_class_of_equal_images_is_refused() -> None:
    """What would be trained on and tested is one line."""
    images, _ = noise(2)
    pictures = pictures_of(images[[0, 0, 0, 1]], np.array([0, 0, 0, 1], np.uint8))
    with pytest.raises(DataError, match=r"^a: no picture for .*: a class needs two that differ"):
        split_images(pictures, SETTINGS, None)


def test_the_split_of_the_folders_is_kept() -> None:
    """Test pictures stay, a folder for validation joins training, or testing when told so."""
    images, labels = noise(12)
    folders = ["Train"] * 6 + ["val"] * 3 + ["TEST"] * 3
    pictures = pictures_of(images, labels, *folders)
    split = split_images(pictures, SETTINGS, None)
    assert split.given
    assert split.in_test.tolist() == [False] * 9 + [True] * 3
    told = split_images(pictures, replace(SETTINGS, validation="test"), None)
    assert told.in_test.tolist() == [False] * 6 + [True] * 6
    untested = pictures_of(images, labels, *["train"] * 9, *["val"] * 3)
    assert not split_images(untested, SETTINGS, None).given


def test_near_duplicates_are_those_of_the_definition() -> None:
    """Groups are the connected images, as by comparing each with each."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (60, 8, 8)).astype(np.uint8)
    steps = random.integers(0, 9, (60, 1, 1))
    noisy = images + random.choice([-1, 1], (60, 8, 8)) * steps
    everything = np.concatenate([images, np.clip(noisy, 0, 255).astype(np.uint8), images[:5]])
    differences = everything[:, np.newaxis].astype(float) - everything
    near = np.sqrt((differences**2).mean(axis=(2, 3))) <= LEVELS
    expected = np.arange(len(everything))
    for _ in expected:  # the least row that is reached
        expected = np.where(near, expected, len(expected)).min(axis=1)
    assert near_groups(thumbnails(everything)).tolist() == expected.tolist()
    assert 5 < (expected[60:120] < 60).sum() < 55
