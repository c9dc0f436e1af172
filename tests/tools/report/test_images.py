"""The images that became wrong or right, as the page shows them."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.prepared import INFO, split_of, write_prepared
from tools.report.images import SHOWN, turned
from tools.report.results import Predictions

IMAGES = 40


def predictions(actual: np.ndarray, *wrong: int) -> Predictions:
    """Return predictions of which some are the next class."""
    predicted = actual.copy()
    predicted[list(wrong)] = (actual[list(wrong)] + 1) % len(INFO.classes)
    return Predictions(INFO.classes, actual, predicted)


@pytest.fixture
def actual(here: Path) -> np.ndarray:
    """Return the labels of a test split in data/prepared."""
    split = split_of(IMAGES, seed=0)
    write_prepared(here / "data/prepared", {"test": split})
    return split.labels.astype(np.int64)


def test_images_that_became_wrong_and_right_are_shown(actual: np.ndarray) -> None:
    """Each kind has its images, their class, and what the model took or takes them for."""
    shown = turned(predictions(actual, 1, 2), predictions(actual, 2, 3, 4), "test")
    assert "Became wrong: 2 images" in shown
    assert "Became right: 1 images" in shown
    names = [INFO.classes[label] for label in actual]
    mistaken = [INFO.classes[(label + 1) % len(INFO.classes)] for label in actual]
    captions = re.findall(r'alt="">([^<]*)</li>', shown)
    assert captions == [
        *(f"{names[row]}, now {mistaken[row]}" for row in (3, 4)),
        f"{names[1]}, was {mistaken[1]}",
    ]
    sources = re.findall(r'base64,([^"]*)"', shown)
    pixels = [np.asarray(Image.open(io.BytesIO(base64.b64decode(each)))) for each in sources]
    stored = np.load("data/prepared/test_images.npy")
    np.testing.assert_array_equal(pixels, 255 - stored[[3, 4, 1]])


def test_many_images_are_a_choice_and_it_says_so(actual: np.ndarray) -> None:
    """Of more than a dozen the first are shown."""
    shown = turned(predictions(actual), predictions(actual, *range(30)), "test")
    assert "Became wrong: 30 images, the first 12" in shown
    assert shown.count("<img") == SHOWN
    assert "Became right" not in shown


def test_other_images_are_not_shown(actual: np.ndarray) -> None:
    """Where data/prepared holds other images, or none, a line says so; without a change nothing."""
    others = np.roll(actual, 1)
    before, after = predictions(others), predictions(others, 0)
    assert "run `dvc repro`" in turned(before, after, "test")
    assert "run `dvc repro`" in turned(before, after, "val")
    assert turned(before, before, "test") == ""
