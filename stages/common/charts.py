"""The pictures for people, drawn with matplotlib's Agg backend and without pyplot, which takes a second to import.

K classes, H x W pixels. Colours are Okabe and Ito's (2008), which people with any colour vision tell apart.
"""

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from stages.common.files import write_bytes
from stages.common.scoring import Calibration

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#6e6e6e"
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}
_DPI = 144
_LARGEST = 16.0  # inches: the side of a picture with a cell for each pair of classes


def png(figure: Figure) -> bytes:
    """Return a figure as PNG, the same bytes each time for the same figure."""
    file = io.BytesIO()
    canvas = FigureCanvasAgg(figure)
    if engine := figure.get_layout_engine():
        for _ in range(
            2
        ):  # with long tick labels it settles in the second pass; savefig would make more
            engine.execute(figure)
        figure.set_layout_engine("none")
    canvas.print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    write_bytes(path, png(figure))


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, its size in inches, that makes room for its labels; draw on it inside `rc_context(STYLE)`."""
    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained")


def placed_figure(
    width: float, height: float, *, left: float, right: float, top: float, bottom: float
) -> Figure:
    """Return an empty figure with margins, all in inches: for labels of known size, and drawn in half the time."""
    figure = Figure(figsize=(width, height), dpi=_DPI)
    figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    return figure


def learning_curves(history: Mapping[str, Sequence[float | None]]) -> Figure:
    """Draw loss and accuracy by epoch.

    Args:
        history: the columns of plots/history.csv; the val_ columns hold None without a validation split.
    """
    with rc_context(STYLE):
        figure = placed_figure(7.2, 2.9, left=0.72, right=0.08, top=0.1, bottom=0.46)
        grid = figure.subplots(1, 2, gridspec_kw={"wspace": 0.28})
        for axes, score, label in zip(
            grid, ("loss", "accuracy"), ("cross-entropy (nats)", "accuracy"), strict=True
        ):
            for split, name, colour in (("train", "training", BLUE), ("val", "validation", ORANGE)):
                values = history[f"{split}_{score}"]
                if values[0] is not None:
                    marker = "o" if len(values) <= 20 else ""
                    axes.plot(
                        history["epoch"],
                        values,
                        color=colour,
                        marker=marker,
                        markersize=3.5,
                        label=name,
                    )
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
    strong = np.abs(values) > 0.75 * max(map(abs, limits))
    with rc_context(STYLE | {"axes.spines.left": False, "axes.spines.bottom": False}):
        figure = new_figure(side + 0.9, side)
        axes = figure.subplots()
        picture = axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1])
        _name_ticks(axes, classes, side)
        axes.set(xlabel="predicted class", ylabel="true class")
        for row, column in np.argwhere(counts) if side < _LARGEST else ():
            axes.text(
                column,
                row,
                f"{counts[row, column]:{sign}d}",
                ha="center",
                va="center",
                color="white" if strong[row, column] else "black",
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
    """Draw the weights [K, H, W] as pictures: where ink speaks for a class (red) and against it (blue)."""
    columns = min(5, len(classes))
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


def picture_canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure and axes all over it whose coordinates are inches from the top left: axes a picture are slow."""
    figure = Figure(figsize=(width, height), dpi=_DPI)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def put_picture(
    axes: Axes, image: np.ndarray, left: float, top: float, side: float, **colours: Any
) -> AxesImage:
    """Draw an image [H, W] on a picture_canvas, as large as goes into the middle of a square; return it."""
    height, width = (side * pixels / max(image.shape) for pixels in image.shape)
    left, top = left + (side - width) / 2, top + (side - height) / 2
    return axes.imshow(image, extent=(left, left + width, top + height, top), **colours)


def brief(name: str, length: int) -> str:
    """Return a class name, cut to `length` characters."""
    return name if len(name) <= length else f"{name[: length - 1]}…"


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
    return (
        "<0.1%"
        if probability < 0.001
        else f"{probability:.1%}"
        if probability < 0.01
        else f"{probability:.0%}"
    )


def reliability(result: Calibration) -> Figure:
    """Draw a reliability diagram: accuracy against confidence, and how many predictions each bin holds."""
    left, width = result.edges[:-1], np.diff(result.edges)
    some = result.count > 0
    with rc_context(STYLE):
        figure = placed_figure(3.9, 4.3, left=0.75, right=0.12, top=0.3, bottom=0.46)
        top, bottom = figure.subplots(
            2, 1, sharex=True, height_ratios=[3, 1], gridspec_kw={"hspace": 0.1}
        )
        top.bar(
            left[some],
            result.accuracy[some],
            width[some],
            align="edge",
            color=BLUE,
            edgecolor="white",
            label="accuracy",
        )
        top.plot(
            [0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfect calibration"
        )
        top.plot(
            result.confidence[some],
            result.accuracy[some],
            "o",
            color=ORANGE,
            markersize=3.5,
            label="mean confidence",
        )
        top.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
        top.legend(loc="upper left")
        top.set_title(f"expected calibration error {result.error:.3f}")
        bottom.bar(left, result.count, width, align="edge", color=GREY, edgecolor="white")
        bottom.set(xlabel="confidence (probability of the predicted class)", ylabel="images")
        return figure
