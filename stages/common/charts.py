"""The pictures for people, drawn with matplotlib's Agg backend and without pyplot, which takes a second to import.

K classes, H x W pixels. Colours are Okabe and Ito's (2008), which people with any colour vision tell apart.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from stages.common.outputs import write_bytes
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
_LARGEST = 16.0  # inches: of a confusion matrix, which would take gigabytes at a hundred classes


def png(figure: Figure) -> bytes:
    """Return a figure as PNG, the same bytes each time for the same figure."""
    file = io.BytesIO()
    canvas = FigureCanvasAgg(figure)
    # The layout of pictures with long tick labels settles in the second drawing; savefig would make a third.
    figure.draw_without_rendering()
    canvas.print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    write_bytes(path, png(figure))


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, its size in inches; draw on it inside `rc_context(STYLE)`."""
    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained")


def learning_curves(history: Mapping[str, Sequence[float | None]]) -> Figure:
    """Draw loss and accuracy by epoch.

    Args:
        history: the columns of plots/history.csv; the val_ columns hold None without a validation split.
    """
    with rc_context(STYLE):
        figure = new_figure(7.2, 2.9)
        for axes, score, label in zip(
            figure.subplots(1, 2), ("loss", "accuracy"), ("cross-entropy (nats)", "accuracy"), strict=True
        ):
            for split, name, colour in (("train", "training", BLUE), ("val", "validation", ORANGE)):
                values = history[f"{split}_{score}"]
                if values[0] is not None:
                    marker = "o" if len(values) <= 20 else ""
                    axes.plot(history["epoch"], values, color=colour, marker=marker, markersize=3.5, label=name)
            axes.set(xlabel="epoch", ylabel=label)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(axis="y")
            axes.legend()
        return figure


def confusion(matrix: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw a confusion matrix [K, K], coloured by the share of the true class; with its counts while they can be read."""
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = min(max(3.2, 0.56 * len(classes) + 1.0), _LARGEST)
    with rc_context(STYLE | {"axes.spines.left": False, "axes.spines.bottom": False}):
        figure = new_figure(side + 0.9, side)
        axes = figure.subplots()
        # The root spreads the small shares, where the mistakes are.
        picture = axes.imshow(np.sqrt(share), cmap="Blues", vmin=0, vmax=1)
        name_ticks(axes, classes)
        axes.set(xlabel="predicted class", ylabel="true class")
        for row, column in np.argwhere(matrix) if side < _LARGEST else ():
            colour = "white" if share[row, column] > 0.3 else "black"
            weight = "bold" if row == column else "normal"
            axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color=colour, weight=weight, fontsize=8)
        bar = figure.colorbar(picture, ax=axes, fraction=0.045, pad=0.02, label="share of the true class")
        shares = [0, 0.02, 0.1, 0.25, 0.5, 1]
        bar.set_ticks(list(np.sqrt(shares)), labels=[f"{value:.0%}" for value in shares])
        return figure


def name_ticks(axes: Axes, classes: Sequence[str]) -> None:
    """Write the class names along both axes of a picture of K x K cells."""
    places = range(len(classes))
    axes.set_xticks(places, labels=classes, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, labels=classes)
    axes.tick_params(length=0)


def templates(weight: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw the weights [K, H, W] as pictures: where ink speaks for a class (red) and against it (blue)."""
    columns = min(5, len(classes))
    rows = -(-len(classes) // columns)
    limit = float(np.abs(weight).max())
    with rc_context(STYLE):
        figure = new_figure(1.45 * columns + 0.7, 1.62 * rows)
        grid = np.atleast_1d(figure.subplots(rows, columns, subplot_kw={"xticks": [], "yticks": []})).ravel()
        for axes in grid:
            axes.axis("off")
        for axes, template, name in zip(grid, weight, classes, strict=False):
            picture = axes.imshow(template, cmap="RdBu_r", vmin=-limit, vmax=limit)
            axes.set_title(name, fontsize=9)
        figure.colorbar(picture, ax=grid.tolist(), fraction=0.02, pad=0.02, label="weight")
        return figure


def mistakes(
    images: np.ndarray, truths: Sequence[tuple[str, float]], guesses: Sequence[tuple[str, float]], columns: int = 6
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
        figure = new_figure(1.3 * columns, 1.72 * rows)
        grid = np.atleast_1d(figure.subplots(rows, columns, subplot_kw={"xticks": [], "yticks": []})).ravel()
        for axes in grid:
            axes.axis("off")
        for axes, image, (truth, given), (guess, p) in zip(grid, images, truths, guesses, strict=False):
            axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
            axes.set_title(f"{guess} {_percent(p)}", fontsize=8, color=ORANGE, pad=12)
            axes.text(0.5, 1.03, f"{truth} {_percent(given)}", fontsize=8, color=GREEN, ha="center", transform=axes.transAxes)
        legend = "predicted class (orange) and true class (green), each with its probability"
        figure.suptitle(legend if len(images) else "no mistake to show", fontsize=9)
        return figure


def _percent(probability: float) -> str:
    return "<0.1%" if probability < 0.001 else f"{probability:.1%}" if probability < 0.01 else f"{probability:.0%}"


def reliability(result: Calibration) -> Figure:
    """Draw a reliability diagram: accuracy against confidence, and how many predictions each bin holds."""
    left, width = result.edges[:-1], np.diff(result.edges)
    some = result.count > 0
    with rc_context(STYLE):
        figure = new_figure(3.9, 4.3)
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        top.bar(left[some], result.accuracy[some], width[some], align="edge", color=BLUE, edgecolor="white", label="accuracy")
        top.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfect calibration")
        top.plot(result.confidence[some], result.accuracy[some], "o", color=ORANGE, markersize=3.5, label="mean confidence")
        top.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
        top.legend(loc="upper left")
        top.set_title(f"expected calibration error {result.error:.3f}")
        bottom.bar(left, result.count, width, align="edge", color=GREY, edgecolor="white")
        bottom.set(xlabel="confidence (probability of the predicted class)", ylabel="images")
        return figure
