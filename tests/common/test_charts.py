"""The pictures: what they show is read back from the figures, and the files are sound and always the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import Rectangle

from stages.common import charts
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
    "mistakes": lambda: charts.mistakes(IMAGES, [("circle", 0.1), ("square", 0.2)], [("square", 0.9), ("circle", 0.8)]),
    "reliability": lambda: charts.reliability(calibration(np.linspace(0.4, 1, 50), np.arange(50) % 3 > 0)),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_pictures_are_sound_and_the_same_twice(name: str, tmp_path: Path) -> None:
    """Each picture is a PNG that shows something, and drawing it anew gives the same bytes."""
    for copy in ("first", "second"):
        charts.save(DRAWINGS[name](), tmp_path / f"{copy}.png")
    pixels = imread(tmp_path / "first.png")
    assert min(pixels.shape[:2]) > 200
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 10
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


def curves(figure: Figure) -> list[dict[str, list[float]]]:
    """Return the lines of each axes by their names in the legend."""
    return [{str(line.get_label()): np.asarray(line.get_ydata()).tolist() for line in axes.lines} for axes in figure.axes]


def test_learning_curves_show_both_scores_of_both_splits() -> None:
    """The left axes hold the losses and the right ones the accuracies, by epoch and named in a legend."""
    figure = charts.learning_curves(HISTORY)
    assert curves(figure) == [
        {"training": HISTORY["train_loss"], "validation": HISTORY["val_loss"]},
        {"training": HISTORY["train_accuracy"], "validation": HISTORY["val_accuracy"]},
    ]
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes] == [
        ("epoch", "cross-entropy (nats)"),
        ("epoch", "accuracy"),
    ]
    assert all(np.asarray(line.get_xdata()).tolist() == HISTORY["epoch"] for axes in figure.axes for line in axes.lines)
    assert all(axes.get_legend() for axes in figure.axes)


def test_learning_curves_without_validation_and_of_one_epoch() -> None:
    """Without a validation split only training is drawn, and a single epoch shows as a point."""
    history = {name: [None if name.startswith("val") else values[0]] for name, values in HISTORY.items()}
    figure = charts.learning_curves(history)
    assert curves(figure) == [{"training": [0.9]}, {"training": [0.6]}]
    assert all(line.get_marker() == "o" for axes in figure.axes for line in axes.lines)


def test_confusion_shows_the_counts_in_their_cells() -> None:
    """Each count that is not 0 stands in its cell, rows are the true classes, and both axes bear the class names."""
    axes = charts.confusion(MATRIX, CLASSES).axes[0]
    shown = {(round(text.get_position()[1]), round(text.get_position()[0])): text.get_text() for text in axes.texts}
    assert shown == {(row, column): str(MATRIX[row, column]) for row, column in np.argwhere(MATRIX)}
    assert [label.get_text() for label in axes.get_xticklabels()] == list(CLASSES)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(CLASSES)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first class is on top


def test_confusion_with_a_class_that_has_no_image() -> None:
    """A class without test images has an empty row and no division by zero."""
    axes = charts.confusion(np.array([[0, 0], [1, 4]]), CLASSES[:2]).axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["1", "4"]


@pytest.mark.parametrize("classes", [2, 3, 11])
def test_templates_show_each_class_on_one_scale(classes: int) -> None:
    """Each class's weights are a picture under its name, all on one colour scale with 0 in its middle."""
    weight, names = RANDOM.normal(size=(classes, 4, 7)), [f"class {label}" for label in range(classes)]
    pictures = [axes for axes in charts.templates(weight, names).axes if axes.get_title()]
    assert [axes.get_title() for axes in pictures] == names
    for axes, template in zip(pictures, weight, strict=True):
        (image,) = axes.images
        np.testing.assert_array_equal(np.asarray(image.get_array()), template)
        assert image.get_clim() == (-np.abs(weight).max(), np.abs(weight).max())


def test_mistakes_name_both_classes_and_their_probabilities() -> None:
    """Each image stands under its predicted and its true class, each with its probability, in the order given."""
    figure = charts.mistakes(IMAGES, [("circle", 0.0004), ("square", 0.004)], [("square", 0.996), ("circle", 0.5)])
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == ["square 100%", "circle 50%"]
    assert [axes.texts[0].get_text() for axes in shown] == ["circle <0.1%", "square 0.4%"]
    for axes, image in zip(shown, IMAGES, strict=True):
        np.testing.assert_array_equal(np.asarray(axes.images[0].get_array()), image)


def test_no_mistake_gives_an_empty_gallery(tmp_path: Path) -> None:
    """A model without mistakes has a gallery without pictures that says so, and can be saved."""
    figure = charts.mistakes(IMAGES[:0], [], [])
    assert figure.get_suptitle() == "no mistake to show"
    assert not any(axes.images for axes in figure.axes)
    charts.save(figure, tmp_path / "none.png")
    assert imread(tmp_path / "none.png").size


def test_reliability_shows_accuracy_confidence_and_counts_per_bin() -> None:
    """The bars above are each filled bin's accuracy, the points its mean confidence, the bars below its count."""
    result = some_calibration()
    top, bottom = charts.reliability(result).axes
    filled = result.count > 0
    above, below = ([bar for bar in axes.patches if isinstance(bar, Rectangle)] for axes in (top, bottom))
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
