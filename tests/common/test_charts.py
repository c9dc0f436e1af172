"""The pictures: what they show is read back from the figures; the files are always the same."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import AxesImage, imread
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from stages.common import charts, figures
from stages.common.scoring import Calibration, calibration

CLASSES = ("circle", "square", "a long-sleeved triangle")
HISTORY = {
    "epoch": [1.0, 2.0, 3.0],
    "train_loss": [0.9, 0.7, 0.6],
    "train_accuracy": [0.6, 0.7, 0.8],
    "val_loss": [0.95, 0.8, 0.85],
    "val_accuracy": [0.5, 0.65, 0.6],
}
MATRIX = np.array([[9, 1, 0], [0, 10, 0], [3, 2, 5]])
RANDOM = np.random.default_rng(0)
WEIGHT = RANDOM.normal(size=(3, 6, 5))
IMAGES = RANDOM.integers(0, 256, (2, 6, 5)).astype(np.uint8)


def some_calibration() -> Calibration:
    """Return the reliability of 200 predictions that are right as often as they are sure."""
    confidence = RANDOM.uniform(0.4, 1, 200)
    return calibration(confidence, RANDOM.uniform(size=200) < confidence)


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "learning curves": lambda: charts.learning_curves(HISTORY),
    "confusion": lambda: charts.confusion(MATRIX, CLASSES),
    "templates": lambda: charts.templates(WEIGHT, CLASSES),
    "mistakes": lambda: charts.mistakes(
        IMAGES, [("circle", 0.1), ("square", 0.2)], [("square", 0.9), ("circle", 0.8)]
    ),
    "reliability": lambda: charts.reliability(
        calibration(np.linspace(0.4, 1, 50), np.arange(50) % 3 > 0)
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_pictures_are_sound_and_the_same_twice(name: str, tmp_path: Path) -> None:
    """Each picture is a PNG that shows something, and drawing it anew gives the same bytes."""
    for copy in ("first", "second"):
        figures.save(DRAWINGS[name](), tmp_path / f"{copy}.png")
    pixels = imread(tmp_path / "first.png")
    assert min(pixels.shape[:2]) > 200
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 10
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


def curves(figure: Figure) -> list[dict[str, list[float]]]:
    """Return the lines of each axes by their names in the legend."""
    return [
        {str(line.get_label()): np.asarray(line.get_ydata()).tolist() for line in axes.lines}
        for axes in figure.axes
    ]


def test_learning_curves_show_both_scores_of_both_splits() -> None:
    """The left axes hold the losses and the right ones the accuracies, by epoch."""
    figure = charts.learning_curves(HISTORY)
    assert curves(figure) == [
        {"training": HISTORY["train_loss"], "validation": HISTORY["val_loss"]},
        {"training": HISTORY["train_accuracy"], "validation": HISTORY["val_accuracy"]},
    ]
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes] == [
        ("epoch", "cross-entropy (nats)"),
        ("epoch", "accuracy"),
    ]
    assert all(
        np.asarray(line.get_xdata()).tolist() == HISTORY["epoch"]
        for axes in figure.axes
        for line in axes.lines
    )
    assert all(axes.get_legend() for axes in figure.axes)


def test_learning_curves_without_validation_and_of_one_epoch() -> None:
    """Without a validation split only training is drawn, and a single epoch shows as a point."""
    history = {
        name: [None if name.startswith("val") else values[0]] for name, values in HISTORY.items()
    }
    figure = charts.learning_curves(history)
    assert curves(figure) == [{"training": [0.9]}, {"training": [0.6]}]
    assert all(line.get_marker() == "o" for axes in figure.axes for line in axes.lines)


def test_confusion_shows_the_counts_in_their_cells() -> None:
    """Each count is in its cell, rows are the true classes, and both axes have the class names."""
    axes = charts.confusion(MATRIX, CLASSES).axes[0]
    shown = {
        (round(text.get_position()[1]), round(text.get_position()[0])): text.get_text()
        for text in axes.texts
    }
    assert shown == {(row, column): str(MATRIX[row, column]) for row, column in np.argwhere(MATRIX)}
    assert [label.get_text() for label in axes.get_xticklabels()] == list(CLASSES)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(CLASSES)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first class is on top


def test_confusion_with_a_class_that_has_no_image() -> None:
    """A class without test images has an empty row and no division by zero."""
    axes = charts.confusion(np.array([[0, 0], [1, 4]]), CLASSES[:2]).axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["1", "4"]


def test_confusion_of_256_classes_is_bounded() -> None:
    """At 256 classes the picture keeps its size, holds no counts, and no name touches the next."""
    figure = charts.confusion(np.ones((256, 256), int), [f"a class, {n}" for n in range(256)])
    width, height = figure.get_size_inches()
    assert max(width, height) <= 17
    axes = figure.axes[0]
    assert not axes.texts
    figure.draw_without_rendering()
    for labels, side in ((axes.get_xticklabels(), "width"), (axes.get_yticklabels(), "height")):
        pitch = getattr(axes.bbox, side) / 256
        assert all(getattr(label.get_window_extent(), side) < pitch for label in labels[:10])


@pytest.mark.parametrize("classes", [2, 3, 11])
def test_templates_show_each_class_on_one_scale(classes: int) -> None:
    """Each class's weights are a picture under its name, on one scale with 0 in its middle."""
    weight, names = (
        RANDOM.normal(size=(classes, 4, 7)),
        [f"class {label}" for label in range(classes)],
    )
    axes = charts.templates(weight, names).axes[0]
    assert [text.get_text() for text in axes.texts] == names
    for image, title, template in zip(axes.images, axes.texts, weight, strict=True):
        np.testing.assert_array_equal(np.asarray(image.get_array()), template)
        assert image.get_clim() == (-np.abs(weight).max(), np.abs(weight).max())
        assert_titled(image, title)


def assert_titled(image: AxesImage, *titles: Text) -> None:
    """Assert that an image keeps its shape, and that its titles stand above its middle."""
    left, right, bottom, top = image.get_extent()
    pixels = np.asarray(image.get_array()).shape
    assert (right - left) / (bottom - top) == pytest.approx(pixels[1] / pixels[0])
    for title in titles:
        across, down = title.get_position()
        assert across == pytest.approx((left + right) / 2)
        assert 0 < top - down < 0.7


def test_mistakes_name_both_classes_and_their_probabilities() -> None:
    """Each image is under its predicted and its true class, each with its probability."""
    figure = charts.mistakes(
        IMAGES, [("circle", 0.0004), ("square", 0.004)], [("square", 0.996), ("circle", 0.5)]
    )
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == [
        "square 100%",
        "circle <0.1%",
        "circle 50%",
        "square 0.4%",
    ]
    for number, (shown, image) in enumerate(zip(axes.images, IMAGES, strict=True)):
        np.testing.assert_array_equal(np.asarray(shown.get_array()), image)
        assert_titled(shown, *axes.texts[2 * number : 2 * number + 2])


def test_pictures_do_not_overlap() -> None:
    """No picture or title overlaps another, however long the names, and none is cut off."""
    names = [("a very long name of a class of things", 0.0004)] * 12
    figure = charts.mistakes(np.repeat(IMAGES, 6, axis=0), names, names)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [artist.get_window_extent() for artist in (*axes.images, *axes.texts)]
    assert len(boxes) == 36
    assert not any(
        one.padded(-1).overlaps(other.padded(-1)) for one, other in itertools.combinations(boxes, 2)
    )
    assert all(figure.bbox.contains(*corner) for box in boxes for corner in (box.p0, box.p1))


def test_no_mistake_gives_an_empty_gallery(tmp_path: Path) -> None:
    """A model without mistakes has a gallery without pictures that says so, and can be saved."""
    figure = charts.mistakes(IMAGES[:0], [], [])
    (axes,) = figure.axes
    assert axes.get_title() == "no mistake to show"
    assert not axes.images
    figures.save(figure, tmp_path / "none.png")
    assert imread(tmp_path / "none.png").size


@pytest.mark.parametrize("largest", [0.123, 12.3, 98765.4])
def test_labels_are_inside_the_picture(largest: float) -> None:
    """However large the losses and the counts are, no label is cut off."""
    history = {
        name: [largest * value for value in values] if "loss" in name else values
        for name, values in HISTORY.items()
    }
    count = np.array([0, round(largest), 3])
    bins = Calibration(
        np.linspace(0, 1, 4), count, np.array([0.2, 0.5, 0.9]), np.array([0.2, 0.6, 0.8]), 0.05
    )
    for figure in (charts.learning_curves(history), charts.reliability(bins)):
        figure.draw_without_rendering()
        box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
        assert all(figure.bbox.contains(*corner) for corner in (box.p0, box.p1)), box


def test_reliability_shows_accuracy_confidence_and_counts_per_bin() -> None:
    """Bars show each bin's accuracy, points its mean confidence, and the bars below its count."""
    result = some_calibration()
    top, bottom = charts.reliability(result).axes
    filled = result.count > 0
    above, below = (
        [bar for bar in axes.patches if isinstance(bar, Rectangle)] for axes in (top, bottom)
    )
    assert [bar.get_height() for bar in above] == result.accuracy[filled].tolist()
    assert [bar.get_x() for bar in above] == result.edges[:-1][filled].tolist()
    assert [bar.get_height() for bar in below] == result.count.tolist()
    points = next(line for line in top.lines if line.get_label() == "mean confidence")
    assert np.asarray(points.get_xdata()).tolist() == result.confidence[filled].tolist()
    assert top.get_title() == f"expected calibration error {result.error:.3f}"
    assert (bottom.get_xlabel(), bottom.get_ylabel(), top.get_ylabel()) == (
        "confidence (probability of the predicted class)",
        "images",
        "accuracy",
    )
