"""The images that became wrong or right, as the page shows them."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.common.dataset import Split, image_digests
from tests.support.prepared import INFO, split_of, write_prepared
from tools.report.images import SHOWN, turned
from tools.report.split import Split as Name
from tools.report.split import split_change
from tools.runs.predictions import Predictions

IMAGES = 40


def predictions(test: Split, *wrong: int) -> Predictions:
    """Return predictions of which some are the next class."""
    actual = test.labels.astype(np.int64)
    predicted = actual.copy()
    predicted[list(wrong)] = (actual[list(wrong)] + 1) % len(INFO.classes)
    digests = np.array(image_digests(test.images))
    return Predictions(INFO.classes, digests, actual, predicted, np.zeros(len(test)))


def shown_of(before: Predictions, after: Predictions, split: Name = "test") -> str:
    """Return what the page shows of two models' predictions."""
    change = split_change(split, before, after)
    assert change
    return turned(change)


@pytest.fixture
def test(here: Path) -> Split:
    """Return a test split in data/prepared."""
    split = split_of(IMAGES, seed=0)
    write_prepared(here / "data/prepared", {"test": split})
    return split


def test_images_that_became_wrong_and_right_are_shown(test: Split) -> None:
    """Each kind has its images, their class, and what the model took or takes them for."""
    shown = shown_of(predictions(test, 1, 2), predictions(test, 2, 3, 4))
    assert "Became wrong: 2 images" in shown
    assert "Became right: 1 images" in shown
    names = [INFO.classes[label] for label in test.labels]
    mistaken = [INFO.classes[(label + 1) % len(INFO.classes)] for label in test.labels]
    captions = re.findall(r'alt="">([^<]*)</li>', shown)
    assert captions == [
        *(f"{names[row]}, now {mistaken[row]}" for row in (3, 4)),
        f"{names[1]}, was {mistaken[1]}",
    ]
    sources = re.findall(r'base64,([^"]*)"', shown)
    pixels = [np.asarray(Image.open(io.BytesIO(base64.b64decode(each)))) for each in sources]
    stored = np.load("data/prepared/test_images.npy")
    np.testing.assert_array_equal(pixels, 255 - stored[[3, 4, 1]])


def test_many_images_are_a_choice_and_it_says_so(test: Split) -> None:
    """Of more than a dozen the first are shown."""
    shown = shown_of(predictions(test), predictions(test, *range(30)))
    assert "Became wrong: 30 images, the first 12" in shown
    assert shown.count("<img") == SHOWN
    assert "Became right" not in shown


def test_other_images_are_not_shown(test: Split) -> None:
    """Where data/prepared holds other images, or none, a line says so; without a change nothing."""
    others = split_of(IMAGES, seed=1)
    before, after = predictions(others), predictions(others, 0)
    assert "run `dvc repro`" in shown_of(before, after)
    assert "run `dvc repro`" in shown_of(before, after, "val")
    assert shown_of(before, before) == ""
