"""The pictures of the pipeline: learning curves, confusion, templates, mistakes, reliability.

K classes, H x W pixels.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from stages.common.figures import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    STYLE,
    brief,
    new_figure,
    picture_canvas,
    placed_figure,
    put_picture,
)
from stages.common.scoring import Calibration

_LARGEST = 16.0  # inches: the side of a picture with a cell for each pair of classes


def learning_curves(history: Mapping[str, Sequence[float | None]]) -> Figure:
    """Draw loss and accuracy by epoch, from the columns of history.py."""
    with rc_context(STYLE):
        figure = placed_figure(7.2, 2.9, left=0.72, right=0.08, top=0.1, bottom=0.46)
        grid = figure.subplots(1, 2, gridspec_kw={"wspace": 0.28})
        marker = "o" if len(history["epoch"]) <= 20 else ""
        lines = (("train", "training", BLUE), ("val", "validation", ORANGE))
        labels = {"loss": "cross-entropy (nats)", "accuracy": "accuracy"}
        for axes, (score, label) in zip(grid, labels.items(), strict=True):
            for split, name, colour in lines:
                values = history[f"{split}_{score}"]
                if values[0] is None:
                    continue
                axes.plot(history["epoch"], values, color=colour, label=name)
                axes.lines[-1].set(marker=marker, markersize=3.5)
            axes.set(xlabel="epoch", ylabel=label)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(axis="y")
            axes.legend()
        return figure


def confusion(matrix: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw a confusion matrix [K, K] of counts, coloured by the share of the true class."""
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    ticks = {f"{value:.0%}": math.sqrt(value) for value in (0, 0.02, 0.1, 0.25, 0.5, 1)}
    # The root spreads the small shares, where the mistakes are.
    return class_grid(
        np.sqrt(share),
        matrix,
        classes,
        colours="Blues",
        limits=(0, 1),
        label="share of the true class",
        ticks=ticks,
    )


def class_grid(
    values: np.ndarray,
    counts: np.ndarray,
    classes: Sequence[str],
    *,
    colours: str | Colormap,
    limits: tuple[float, float],
    label: str,
    ticks: Mapping[str, float],
    sign: str = "",
) -> Figure:
    """Draw one cell for each pair of a true class (row) and a predicted class (column).

    The picture never grows beyond _LARGEST, where 256 classes would take gigabytes. Counts that
    are not 0 stand in their cells while the cells are large enough.

    Args:
        values: [K, K] float, what the colours show.
        counts: [K, K] integers, what the cells say.
        classes: [K] names.
        colours: the colour map.
        limits: the values of its two ends.
        label: what the colours mean.
        ticks: the values to mark on the colour bar, by their text.
        sign: "+" when the counts are differences.
    """
    side = min(max(3.2, 0.56 * len(classes) + 1.0), _LARGEST)
    with rc_context(STYLE | {"axes.spines.left": False, "axes.spines.bottom": False}):
        figure = new_figure(side + 0.9, side)
        axes = figure.subplots()
        picture = axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1])
        # [K, K] relative luminance: white text reads better than black below 0.18.
        luminance = picture.to_rgba(values)[..., :3] ** 2.2 @ (0.2126, 0.7152, 0.0722)
        _name_ticks(axes, classes, side)
        axes.set(xlabel="predicted class", ylabel="true class")
        for row, column in np.argwhere(counts) if side < _LARGEST else ():
            axes.text(
                column,
                row,
                f"{counts[row, column]:{sign}d}",
                ha="center",
                va="center",
                color="white" if luminance[row, column] < 0.18 else "black",
                weight="bold" if row == column else "normal",
                fontsize=8,
            )
        bar = figure.colorbar(picture, ax=axes, fraction=0.045, pad=0.02, label=label)
        bar.set_ticks(list(ticks.values()), labels=list(ticks))
        return figure


def _name_ticks(axes: Axes, classes: Sequence[str], side: float) -> None:
    """Write the class names along both axes of K x K cells, small enough for `side` inches."""
    names = [brief(name, 24) for name in classes]
    places = range(len(classes))
    cell = 72 * (side - 2.5) / len(classes)  # points, less the room that the names take
    size = 9.0 if side < _LARGEST else min(9.0, 0.8 * cell)
    rotation = 40 if side < _LARGEST else 90  # upright names need the least room
    axes.set_xticks(
        places, labels=names, fontsize=size, rotation=rotation, ha="right", rotation_mode="anchor"
    )
    axes.set_yticks(places, labels=names, fontsize=size)
    axes.tick_params(length=0)


def templates(weight: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw the weights [K, H, W]: red where ink speaks for a class, blue where against it."""
    columns = min(max(5, math.isqrt(len(classes))), len(classes))
    rows = -(-len(classes) // columns)
    limit = float(np.abs(weight).max())
    with rc_context(STYLE):
        width, height = 1.4 * columns + 0.9, 1.6 * rows
        figure, axes = picture_canvas(width, height)
        for number, (template, name) in enumerate(zip(weight, classes, strict=True)):
            left, top = 1.4 * (number % columns) + 0.05, 1.6 * (number // columns) + 0.25
            picture = put_picture(
                axes, template, left, top, 1.3, cmap="RdBu_r", vmin=-limit, vmax=limit
            )
            axes.text(left + 0.65, top - 0.06, brief(name, 19), fontsize=9, ha="center")
        bar = figure.add_axes((1 - 0.75 / width, 0.05 / height, 0.1 / width, 1 - 0.3 / height))
        figure.colorbar(picture, cax=bar, label="weight")
        return figure


def mistakes(
    images: np.ndarray,
    truths: Sequence[tuple[str, float]],
    guesses: Sequence[tuple[str, float]],
    columns: int = 6,
) -> Figure:
    """Draw a gallery of misclassified images.

    Args:
        images: [N, H, W] uint8.
        truths: the true class of each, and the probability it was given.
        guesses: the predicted class of each, and its probability.
        columns: images in a row.
    """
    rows = max(1, -(-len(images) // columns))
    with rc_context(STYLE):
        figure, axes = picture_canvas(1.32 * columns, 1.64 * rows + 0.3)
        legend = "predicted class (orange) and true class (green), each with its probability"
        axes.set_title(legend if len(images) else "no mistake to show", fontsize=9, y=1, pad=-14)
        for number, (image, (truth, given), (guess, p)) in enumerate(
            zip(images, truths, guesses, strict=True)
        ):
            left, top = 1.32 * (number % columns) + 0.05, 1.64 * (number // columns) + 0.68
            put_picture(axes, image, left, top, 1.22, cmap="gray_r", vmin=0, vmax=255)
            for above, colour, name, probability in (
                (0.17, ORANGE, guess, p),
                (0.04, GREEN, truth, given),
            ):
                text = f"{brief(name, 14)} {_percent(probability)}"
                axes.text(left + 0.61, top - above, text, fontsize=8, color=colour, ha="center")
        return figure


def _percent(probability: float) -> str:
    if probability < 0.001:
        return "<0.1%"
    return f"{probability:.1%}" if probability < 0.01 else f"{probability:.0%}"


def reliability(result: Calibration) -> Figure:
    """Draw accuracy against confidence, and below it the number of predictions in each bin."""
    left, width = result.edges[:-1], np.diff(result.edges)
    some = result.count > 0
    with rc_context(STYLE):
        figure = placed_figure(3.9, 4.3, left=0.75, right=0.12, top=0.3, bottom=0.46)
        top, bottom = figure.subplots(
            2, 1, sharex=True, height_ratios=[3, 1], gridspec_kw={"hspace": 0.1}
        )
        bars = {"align": "edge", "edgecolor": "white"}
        top.bar(
            left[some], result.accuracy[some], width[some], color=BLUE, label="accuracy", **bars
        )
        top.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1, label="perfect calibration")
        points = {"color": ORANGE, "markersize": 3.5, "label": "mean confidence"}
        top.plot(result.confidence[some], result.accuracy[some], "o", **points)
        top.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
        top.legend(loc="upper left")
        top.set_title(f"expected calibration error {result.error:.3f}")
        bottom.bar(left, result.count, width, color=GREY, **bars)
        bottom.set(xlabel="confidence (probability of the predicted class)", ylabel="images")
        return figure
