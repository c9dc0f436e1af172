"""The figures of the pipeline: learning curves, confusion, templates, mistakes, reliability.

K classes, H x W pixels. Lengths are in inches.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stages.common.axes import Plot, Scale, draw_legend, span_of, ticks_within
from stages.common.figures import (
    BLUE,
    EVIDENCE,
    GREEN,
    GREY,
    ORANGE,
    SHARES,
    Canvas,
    paint,
    short_name,
    text_width,
)
from stages.common.scoring import Calibration, wilson_interval

_CELL, _LARGEST = 0.56, 14.0  # of a confusion matrix: a cell, and all cells of a side


def learning_curves(history: Mapping[str, Sequence[Any]]) -> Canvas:
    """Draw loss and accuracy by epoch, from the columns of history.py."""
    canvas = Canvas(7.25, 3.0)
    epochs = history["epoch"]
    lines = [("train", "training", BLUE), ("val", "validation", ORANGE)]
    lines = [line for line in lines if history[f"{line[0]}_loss"][0] is not None]
    draw_legend(canvas, 0.77, 0.2, [(name, colour) for _, name, colour in lines])
    for left, score, label in (
        (0.77, "loss", "cross-entropy (nats)"),
        (4.4, "accuracy", "accuracy"),
    ):
        curves = [(history[f"{split}_{score}"], colour) for split, _, colour in lines]
        span = span_of([value for values, _ in curves for value in values])
        plot = Plot(canvas, left, 0.35, 2.75, 2.2, span_of(epochs), span)
        plot.draw_axes("epoch", label, whole=True, grid=True)
        for values, colour in curves:
            places = plot.across(epochs), plot.down(values)
            canvas.line(*places, colour, width=1.5)
            if len(epochs) <= 20:
                canvas.dots(*places, colour)
    return canvas


def confusion(matrix: np.ndarray, classes: Sequence[str]) -> Canvas:
    """Draw a confusion matrix [K, K] of counts, coloured by the share of the true class.

    Rows are the true classes, in the order of the dataset. The cells of many classes are small and
    without counts: at a constant size, 256 classes would take gigabytes.
    """
    cell = min(_CELL, _LARGEST / len(classes))
    side, size = cell * len(classes), min(9.0, 0.8 * 72 * cell)
    angle = 40 if cell == _CELL else 90  # upright names need the least room
    names = [short_name(name, 24) for name in classes]
    longest = max(text_width(name, size) for name in names)
    left, top = longest + 0.4, 0.1
    bottom = top + side + longest * math.sin(math.radians(angle)) + 0.45
    canvas = Canvas(left + side + 0.9, bottom)

    # The root spreads the small shares, where the mistakes are.
    shares = np.sqrt(matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1))
    colours = paint(shares, SHARES, (0, 1))
    canvas.picture(colours, left, top, side)
    for number, name in enumerate(names):
        middle, below = (number + 0.5) * cell, top + side + 0.07
        canvas.text(left - 0.07, top + middle, name, size=size, align="right", level="middle")
        canvas.text(left + middle, below, name, size=size, align="right", level="top", angle=angle)
    if cell == _CELL:
        _write_counts(canvas, matrix, colours, left, top)
    canvas.text(left + side / 2, bottom - 0.06, "predicted class", align="center")
    canvas.text(0.2, top + side / 2, "true class", align="center", angle=90)
    ticks = [(f"{share:.0%}", math.sqrt(share)) for share in (0, 0.02, 0.1, 0.25, 0.5, 1)]
    scale = Scale(SHARES, (0, 1), ticks, "share of the true class")
    scale.draw(canvas, left + side + 0.12, top, side)
    return canvas


def _write_counts(
    canvas: Canvas, matrix: np.ndarray, colours: np.ndarray, left: float, top: float
) -> None:
    """Write the counts [K, K] that are not 0 in their cells, of `colours` [K, K, RGB]."""
    # Relative luminance: white text reads better than black below 0.18.
    is_dark = (colours / 255) ** 2.2 @ (0.2126, 0.7152, 0.0722) < 0.18
    for row, column in np.argwhere(matrix):
        canvas.text(
            left + (column + 0.5) * _CELL,
            top + (row + 0.5) * _CELL,
            str(matrix[row, column]),
            size=8,
            colour="white" if is_dark[row, column] else "black",
            align="center",
            level="middle",
            bold=row == column,
        )


def templates(weight: np.ndarray, classes: Sequence[str]) -> Canvas:
    """Draw the weights [K, H, W]: orange where ink speaks for a class, blue where against it."""
    columns = min(max(5, math.isqrt(len(classes))), len(classes))
    rows = -(-len(classes) // columns)
    limit = max(float(np.abs(weight).max()), 1e-9)
    limits = (-limit, limit)
    canvas = Canvas(1.4 * columns + 0.9, 1.6 * rows)
    for number, (template, name) in enumerate(zip(weight, classes, strict=True)):
        left, top = 1.4 * (number % columns) + 0.05, 1.6 * (number // columns) + 0.25
        canvas.picture(paint(template, EVIDENCE, limits), left, top, 1.3)
        canvas.text(left + 0.65, top - 0.06, short_name(name, 19), align="center")
    scale = Scale(EVIDENCE, limits, ticks_within(limits, 9), "weight")
    scale.draw(canvas, 1.4 * columns + 0.1, 0.25, 1.6 * rows - 0.3)
    return canvas


def mistakes(
    images: np.ndarray,
    truths: Sequence[tuple[str, float]],
    guesses: Sequence[tuple[str, float]],
    columns: int = 6,
) -> Canvas:
    """Draw a gallery of misclassified images.

    Args:
        images: [N, H, W] uint8.
        truths: the true class of each, and the probability it was given.
        guesses: the predicted class of each, and its probability.
        columns: images in a row.
    """
    width, height = 1.66, 2.1
    rows = max(1, -(-len(images) // columns))
    canvas = Canvas(width * columns, height * rows + 0.35)
    legend = "most confident mistakes: predicted class (orange), true class (green), probabilities"
    title = legend if len(images) else "no mistake to show"
    canvas.text(canvas.width / 2, 0.24, title, size=11, align="center")
    pairs = zip(images, truths, guesses, strict=True)
    for number, (image, truth, guess) in enumerate(pairs):
        left, top = width * (number % columns), height * (number // columns) + 0.87
        canvas.picture(255 - image, left + 0.1, top, width - 0.2)
        for above, colour, (name, probability) in ((0.26, ORANGE, guess), (0.08, GREEN, truth)):
            text = f"{short_name(name, 13)} {_percent(probability)}"
            middle = left + width / 2
            canvas.text(middle, top - above, text, size=10.5, colour=colour, align="center")
    return canvas


def _percent(probability: float) -> str:
    if probability < 0.001:
        return "<0.1%"
    return f"{probability:.1%}" if probability < 0.01 else f"{probability:.0%}"


def reliability(result: Calibration) -> Canvas:
    """Draw the accuracy of each bin, with its interval, at its mean confidence; below, its size."""
    canvas = Canvas(3.95, 4.5)
    title = f"expected calibration error {result.error:.3f}"
    canvas.text(2.3, 0.2, title, size=10, align="center")
    draw_legend(canvas, 0.77, 0.43, [("accuracy, 95% interval", BLUE), ("calibrated", GREY)])
    above = Plot(canvas, 0.77, 0.6, 3.05, 2.5, (0, 1), (0, 1))
    below = Plot(canvas, 0.77, 3.25, 3.05, 0.8, (0, 1), (0, 1.05 * result.count.max()))
    canvas.line(above.across([0, 1]), above.down([0, 1]), GREY, dashed=True)
    edges = below.across(result.edges)
    bins = zip(edges[:-1], edges[1:], result.confidence, result.accuracy, result.count, strict=True)
    for left, right, confidence, accuracy, count in bins:
        if count:
            interval = wilson_interval(round(accuracy * count), count)
            canvas.line(above.across([confidence] * 2), above.down(interval), BLUE, width=1.2)
            canvas.dots(above.across([confidence]), above.down([accuracy]), BLUE)
            height = below.down(0) - below.down(count)
            canvas.box(left, below.down(count), right - left - 0.01, height, GREY)
    above.draw_axes("", "accuracy")
    below.draw_axes("confidence (probability of the predicted class)", "images")
    return canvas
