"""The figures: what they show is read back as a person reads it, by the ticks and labels."""

import itertools
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from stages.common import charts
from stages.common.figures import BLUE, EVIDENCE, GREY, ORANGE, SHARES, Canvas, paint
from stages.common.scoring import Calibration, calibration, wilson_interval
from tests.support.canvas import Drawn, Recorder, read_axis

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
LONG = (
    "Tomato___Spider_mites Two-spotted_spider_mite, below a leaf, in the third week of a dry June"
)
BINS = Calibration(
    np.linspace(0, 1, 5),
    np.array([0, 4, 50, 1000]),
    np.array([0, 0.4, 0.6, 0.9]),
    np.array([0, 0.25, 0.7, 0.95]),
    0.05,
)


@pytest.fixture(autouse=True)
def _recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the figures of this module remember what is drawn on them."""
    monkeypatch.setattr(charts, "Canvas", Recorder)


def recorded(canvas: Canvas) -> Recorder:
    """Return a figure as what it is here."""
    assert isinstance(canvas, Recorder)
    return canvas


DRAWINGS: dict[str, Callable[[], Canvas]] = {
    "learning curves": lambda: charts.learning_curves(HISTORY),
    "learning curves, large": lambda: charts.learning_curves(
        HISTORY | {"train_loss": [98765.4, 5.0, 1e-7]}
    ),
    "confusion": lambda: charts.confusion(MATRIX, CLASSES),
    "confusion, long names": lambda: charts.confusion(MATRIX, (LONG, "W" * 100, "b")),
    "confusion, 40 classes": lambda: charts.confusion(np.eye(40, dtype=int), [LONG] * 40),
    "templates": lambda: charts.templates(WEIGHT, CLASSES),
    "templates, all equal": lambda: charts.templates(np.zeros((2, 5, 6)), (LONG, "b")),
    "mistakes": lambda: charts.mistakes(IMAGES, [("a", 0.1)] * 2, [(LONG, 0.9)] * 2),
    "no mistake": lambda: charts.mistakes(IMAGES[:0], [], []),
    "reliability": lambda: charts.reliability(BINS),
    "reliability, large": lambda: charts.reliability(calibration(np.ones(98765), np.ones(98765))),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_figures_are_sound_and_the_same_twice(name: str) -> None:
    """Each figure is a PNG that shows something, the same bytes each time, with no text cut off."""
    first, second = recorded(DRAWINGS[name]()), DRAWINGS[name]()
    assert first.png() == second.png()
    with Image.open(BytesIO(first.png())) as image:
        assert min(image.size) > 200
        assert len(image.getcolors(1 << 20) or ()) > 10
    for each in first.texts:
        left, top, right, bottom = each.box
        assert 0 <= left <= right <= first.width, each
        assert 0 <= top <= bottom <= first.height, each
    assert_apart([box_of(image) for image in first.images])


Box = tuple[float, float, float, float]  # left, top, right, bottom


def box_of(image: Drawn) -> Box:
    """Return what an image covers."""
    return image.xs[0], image.ys[0], image.xs[1], image.ys[1]


def assert_apart(boxes: list[Box]) -> None:
    """Assert that no box overlaps another."""
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


def curves(canvas: Canvas, left: float) -> dict[str, list[float]]:
    """Return the y values of each curve in the plot at `left`, by colour, read by its ticks."""
    canvas = recorded(canvas)
    axis = read_axis(canvas, "y", near=left - 0.09)
    inside = [each for each in canvas.points if left < each.xs[0] < left + 2.75]
    return {each.colour: np.round(axis(each.ys), 6).tolist() for each in inside}


def test_learning_curves_show_both_scores_of_both_splits() -> None:
    """The left plot holds the losses and the right one the accuracies, by epoch."""
    figure = recorded(charts.learning_curves(HISTORY))
    for left, score in ((0.77, "loss"), (4.4, "accuracy")):
        expected = {BLUE: HISTORY[f"train_{score}"], ORANGE: HISTORY[f"val_{score}"]}
        assert curves(figure, left) == expected
    ticks = {each.text: each.x for each in figure.texts if each.text in "123" and each.x < 4}
    assert [ticks[epoch] for epoch in "123"] == pytest.approx(figure.points[0].xs)
    for points in figure.points:
        (line,) = (each for each in figure.lines if each.ys == points.ys)
        assert (line.xs, line.colour) == (points.xs, points.colour)
    words = {each.text for each in figure.texts}
    assert words >= {"training", "validation", "epoch", "cross-entropy (nats)", "accuracy"}


@pytest.mark.parametrize("epochs", [1, 3])
def test_learning_curves_without_validation(epochs: int) -> None:
    """Without a validation split training is drawn alone; one epoch shows as a dot."""
    history = {
        name: [None if name.startswith("val") else value for value in values[:epochs]]
        for name, values in HISTORY.items()
    }
    figure = recorded(charts.learning_curves(history))
    assert curves(figure, 0.77) == {BLUE: HISTORY["train_loss"][:epochs]}
    assert "validation" not in {each.text for each in figure.texts}
    assert ORANGE not in {each.colour for each in figure.lines}


@pytest.mark.parametrize(("epochs", "dotted"), [(20, True), (21, False)])
def test_dots_are_drawn_while_they_are_apart(epochs: int, dotted: bool) -> None:
    """Up to 20 epochs each is a dot; more are lines alone."""
    history = {name: [values[0]] * epochs for name, values in HISTORY.items()}
    assert bool(recorded(charts.learning_curves(history)).points) == dotted


def test_confusion_shows_the_counts_in_their_cells() -> None:
    """Each count is in its cell, rows are the true classes, and both sides have the names."""
    figure = recorded(charts.confusion(MATRIX, CLASSES))
    (picture, _) = figure.images
    counts = [each for each in figure.texts if each.text.isdigit()]
    cells = {
        (
            int(3 * (each.y - picture.ys[0]) / (picture.ys[1] - picture.ys[0])),
            int(3 * (each.x - picture.xs[0]) / (picture.xs[1] - picture.xs[0])),
        ): each.text
        for each in counts
    }
    assert cells == {(row, column): str(MATRIX[row, column]) for row, column in np.argwhere(MATRIX)}
    down = [each for each in figure.texts if each.x < picture.xs[0] and not each.angle]
    along = [each for each in figure.texts if each.y > picture.ys[1] and each.angle]
    assert [each.text for each in sorted(down, key=lambda each: each.y)] == list(CLASSES)
    assert [each.text for each in sorted(along, key=lambda each: each.x)] == list(CLASSES)
    labels = {each.text: each for each in figure.texts}
    assert labels["true class"].x < picture.xs[0]
    assert labels["predicted class"].y > picture.ys[1]


def test_confusion_is_coloured_by_the_share_of_the_true_class() -> None:
    """The colours go by rows: all of a class is the darkest, none the lightest."""
    matrix = np.array([[4, 0], [300, 100]])
    colours = recorded(charts.confusion(matrix, "ab")).images[0].pixels
    expected = paint(np.sqrt(np.array([[1, 0], [0.75, 0.25]])), SHARES, (0, 1))
    np.testing.assert_array_equal(colours, expected)


def test_confusion_with_a_class_that_has_no_image() -> None:
    """A class without test images has an empty row and no division by zero."""
    figure = recorded(charts.confusion(np.array([[0, 0], [1, 4]]), CLASSES[:2]))
    assert sorted(each.text for each in figure.texts if each.text.isdigit()) == ["1", "4"]


def test_confusion_of_256_classes_is_bounded() -> None:
    """At 256 classes the figure keeps its size, holds no counts, and no name touches the next."""
    names = [f"a class, {n}" for n in range(256)]
    figure = recorded(charts.confusion(np.ones((256, 256), int), names))
    assert max(figure.width, figure.height) <= 17
    down = [each for each in figure.texts if each.text in names and not each.angle]
    along = [each for each in figure.texts if each.text in names and each.angle]
    assert (len(down), len(along)) == (256, 256)
    assert not [each for each in figure.texts if each.text.isdigit()]
    for texts, start, end in ((down, 1, 3), (along, 0, 2)):
        edges = sorted((each.box[start], each.box[end]) for each in texts)
        assert all(before[1] < after[0] for before, after in itertools.pairwise(edges))


@pytest.mark.parametrize("classes", [2, 3, 11])
def test_templates_show_each_class_on_one_scale(classes: int) -> None:
    """Each class's weights are a picture under its name, on one scale with 0 in its middle."""
    weight = RANDOM.normal(size=(classes, 4, 7))
    names = [f"class {label}" for label in range(classes)]
    figure = recorded(charts.templates(weight, names))
    *pictures, scale = figure.images
    limit = np.abs(weight).max()
    for image, template, name in zip(pictures, weight, names, strict=True):
        expected = paint(template, EVIDENCE, (-limit, limit))
        np.testing.assert_array_equal(image.pixels, expected)
        (title,) = (each for each in figure.texts if each.text == name)
        assert_titled(image, title.x, title.y)
    value = read_axis(figure, "y", near=scale.xs[1] + 0.08)
    assert value(scale.ys) == pytest.approx([limit, -limit])


def assert_titled(image: Drawn, across: float, down: float) -> None:
    """Assert that an image keeps its shape, and that a title is above its middle."""
    height, width = image.pixels.shape[:2]
    (left, right), (top, bottom) = image.xs, image.ys
    assert (right - left) / (bottom - top) == pytest.approx(width / height)
    assert across == pytest.approx((left + right) / 2)
    assert 0 < top - down < 0.8


def test_mistakes_name_both_classes_and_their_probabilities() -> None:
    """Each image is under its predicted and its true class, each with its probability."""
    truths, guesses = [("circle", 0.0004), ("square", 0.004)], [("square", 0.996), ("circle", 0.5)]
    figure = recorded(charts.mistakes(IMAGES, truths, guesses))
    title, *texts = figure.texts
    assert title.text.startswith("most confident mistakes")
    expected = ["square 100%", "circle <0.1%", "circle 50%", "square 0.4%"]
    assert [each.text for each in texts] == expected
    for number, (shown, image) in enumerate(zip(figure.images, IMAGES, strict=True)):
        np.testing.assert_array_equal(shown.pixels, 255 - image)
        for text in texts[2 * number : 2 * number + 2]:
            assert_titled(shown, text.x, text.y)


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0, "<0.1%"),
        (0.000999, "<0.1%"),
        (0.001, "0.1%"),
        (0.0099, "1.0%"),
        (0.01, "1%"),
        (1, "100%"),
    ],
)
def test_small_probabilities_have_more_digits(probability: float, text: str) -> None:
    """A probability below 1% has a decimal, and one below 0.1% says so."""
    figure = recorded(charts.mistakes(IMAGES[:1], [("a", probability)], [("b", 0.5)]))
    assert figure.texts[-1].text == f"a {text}"


def test_mistakes_do_not_overlap() -> None:
    """No image or title overlaps another, however long the names, in several rows."""
    names = [("W" * 100, 0.0004)] * 3 + [(LONG, 1.0)] * 5
    figure = recorded(charts.mistakes(np.repeat(IMAGES, 4, axis=0), names, names))
    boxes = [each.box for each in figure.texts[1:] if not each.text.startswith("W")]
    boxes += [box_of(image) for image in figure.images]
    assert len(boxes) == 10 + 8
    assert_apart(boxes)


def test_no_mistake_gives_an_empty_gallery() -> None:
    """A model without mistakes has a gallery without pictures that says so."""
    figure = recorded(charts.mistakes(IMAGES[:0], [], []))
    assert [each.text for each in figure.texts] == ["no mistake to show"]
    assert not figure.images


def test_reliability_shows_accuracy_at_confidence_with_intervals_and_counts() -> None:
    """A dot is at each bin's mean confidence and accuracy, in its interval; a bar is its count."""
    figure = recorded(charts.reliability(BINS))
    x = read_axis(figure, "x", near=3.25 + 0.8 + 0.09)
    y = read_axis(figure, "y", near=0.77 - 0.09, within=(0, 3.2))
    images = read_axis(figure, "y", near=0.77 - 0.09, within=(3.2, 4.5))
    dots = [(x(each.xs[0]), y(each.ys[0])) for each in figure.points]
    np.testing.assert_allclose(dots, [(0.4, 0.25), (0.6, 0.7), (0.9, 0.95)])
    intervals = [
        y(each.ys) for each in figure.lines if each.colour == BLUE and each.xs[0] == each.xs[1]
    ]
    expected = [wilson_interval(1, 4), wilson_interval(35, 50), wilson_interval(950, 1000)]
    np.testing.assert_allclose(intervals, expected)
    bars = [each for each in figure.boxes if each.colour == GREY]
    np.testing.assert_allclose([images(each.ys[0]) for each in bars], [4, 50, 1000], atol=1e-6)
    np.testing.assert_allclose([x(each.xs[0]) for each in bars], [0.25, 0.5, 0.75], atol=1e-9)
    assert "expected calibration error 0.050" in {each.text for each in figure.texts}
