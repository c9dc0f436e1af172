"""The pictures of a comparison: the sweep, in the chart that suits it, and learning curves.

G groups, one for each choice of settings over all its seeds: see tools/runs/seeds.py.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from stages.common.figures import BLUE, GREEN, GREY, ORANGE, STYLE, new_figure
from tools.page.axis import FEW, Axis, axis_of
from tools.runs.seeds import RANKED_BY

LABELS = {"val_loss": "validation loss (nats)", "val_accuracy": "validation accuracy"}
_COLOURS = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9")  # Okabe and Ito's
_SCORES = "viridis"  # dark is better
_LONG_NAME = 50  # characters of which two do not fit side by side below the learning curves
_DASHED = (0, (3, 2))
_GRID_SHARE = 0.75  # of the combinations must be there to call a sweep a grid
_MOST_CELLS = 30  # across a picture of heat maps


def sweep(groups: pd.DataFrame, settings: Sequence[str]) -> Figure:
    """Draw the score over the settings that vary.

    One setting gives curves, a grid of two or three heat maps, all else parallel coordinates.
    """
    values = {name: sorted(groups[name].unique().tolist()) for name in settings}
    sizes = sorted(map(len, values.values()))
    with rc_context(STYLE):
        if len(settings) == 1:
            return _curve(groups, axis_of(settings[0], values[settings[0]]))
        is_grid = len(settings) in (2, 3) and len(groups) >= _GRID_SHARE * math.prod(sizes)
        if is_grid and math.prod(sizes) / sizes[-2] <= _MOST_CELLS:
            return _heat_maps(groups, values)
        return _parallel(groups, [axis_of(name, each) for name, each in values.items()])


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)


def _norm(groups: pd.DataFrame) -> Normalize:
    """Return the range of the colours: from the best score to the worst of the better 80%.

    One bad run does not fade the rest.
    """
    low, high = groups["score"].min(), groups["score"].quantile(0.8)
    return Normalize(low, max(high, low + 1e-6))


def _curve(groups: pd.DataFrame, axis: Axis) -> Figure:
    figure = new_figure(7.2, 2.9)
    places = groups[axis.name].map(axis.places)
    points = groups.assign(place=places).sort_values("place")
    is_crowded = len(points) > 4 * FEW
    for axes, score in zip(figure.subplots(1, 2), LABELS, strict=True):
        axes.errorbar(
            points["place"],
            points[score],
            points[f"{score}_sd"].fillna(0),
            color=BLUE,
            marker="o",
            markersize=3 if is_crowded else 5,
            linestyle="none" if is_crowded else "-",
            elinewidth=1,
            capsize=0 if is_crowded else 3,
        )
        turned = 40 if len(axis.ticks) > 6 else 0
        axes.set_xticks(list(axis.ticks.values()), labels=list(axis.ticks), rotation=turned)
        axes.set(xlabel=axis.name, ylabel=LABELS[score])
        axes.grid(axis="y")
    return figure


def _heat_maps(groups: pd.DataFrame, values: dict[str, list]) -> Figure:
    """Draw a map for each value of the setting with the fewest, the one with the most across.

    Two settings make one map.
    """
    *facet, down, across = sorted(values, key=lambda name: len(values[name]))
    panels = values[facet[0]] if facet else [None]
    rows, columns = len(values[down]), len(values[across])
    figure = new_figure((0.72 * columns + 0.3) * len(panels) + 1.3, 0.5 * rows + 1.3)
    norm = _norm(groups)
    all_axes = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
    for axes, panel in zip(all_axes, panels, strict=True):
        chosen = groups[groups[facet[0]] == panel] if facet else groups
        matrix = (
            chosen.pivot_table("score", down, across)
            .reindex(index=values[down], columns=values[across])
            .to_numpy()
        )
        picture = axes.imshow(matrix, cmap=_SCORES, norm=norm, aspect="auto", origin="lower")
        for row, column in product(range(rows), range(columns)):
            value = matrix[row, column]
            _write_cell(axes, row, column, value, norm, best=value == groups["score"].min())
        axes.set_xticks(range(columns), labels=map(_text, values[across]))
        axes.set_yticks(range(rows), labels=map(_text, values[down]))
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(across)
        if facet:
            axes.set_title(f"{facet[0]} {_text(panel)}")
    all_axes[0].set_ylabel(down)
    figure.colorbar(
        picture,
        ax=all_axes.tolist(),
        extend="max",
        fraction=0.04,
        pad=0.02,
        label=LABELS[RANKED_BY],
    )
    return figure


def _write_cell(
    axes: Axes, row: int, column: int, value: float, norm: Normalize, *, best: bool
) -> None:
    axes.text(
        column,
        row,
        "-" if np.isnan(value) else f"{value:.3f}",
        ha="center",
        va="center",
        color="black" if np.isnan(value) or norm(value) > 0.5 else "white",
        fontsize=8,
        weight="bold" if best else "normal",
    )
    if best:
        corner = (column - 0.47, row - 0.47)
        frame = Rectangle(corner, 0.94, 0.94, fill=False, edgecolor=ORANGE, linewidth=2.5)
        axes.add_patch(frame)


def _parallel(groups: pd.DataFrame, settings: Sequence[Axis]) -> Figure:
    """Draw a line a group across an axis for each setting and one for the score.

    The best group is orange; the others are coloured by their score.
    """
    figure = new_figure(1.6 * (len(settings) + 1) + 1.2, 3.8)
    axes = figure.subplots()
    norm = _norm(groups)
    scores = norm(groups["score"]).clip(0, 1.05)
    places = [groups[axis.name].map(axis.places) for axis in settings]
    heights = np.column_stack([*places, scores])  # [G, settings + 1]
    x = np.arange(heights.shape[1])
    lines = [np.column_stack([x, each]) for each in heights[::-1]]  # the best on top
    # In a crowd thin lines, and the worse the fainter.
    room = min(1.0, 40 / len(lines))  # 1 for few lines, towards 0 for many
    alpha = (0.35 + 0.55 * room) * (1 - 0.6 * (1 - room) * scores[:0:-1].clip(0, 1))
    axes.add_collection(
        LineCollection(
            lines[:-1],
            array=scores[:0:-1],
            cmap=_SCORES,
            norm=Normalize(0, 1),
            linewidths=0.6 + 0.6 * room,
            alpha=alpha,
        )
    )
    axes.plot(x, heights[0], color=ORANGE, linewidth=2.2)
    score = Axis(
        LABELS[RANKED_BY], {}, {f"{norm.inverse(h):.4f}": h for h in (0, 0.5, 1)}, "linear"
    )
    outline = [withStroke(linewidth=2.5, foreground="white")]  # hides less than a box
    for place, axis in zip(x, [*settings, score], strict=True):
        axes.axvline(place, color=GREY, linewidth=0.8)
        side, align = (0.05, "left") if axis is score else (-0.05, "right")
        for text, height in axis.ticks.items():
            axes.plot([place, place + side / 2], [height, height], color=GREY, linewidth=0.8)
            axes.text(
                place + side,
                height,
                text,
                ha=align,
                va="center",
                fontsize=8,
                path_effects=outline,
            )
    axes.set_xticks(x, labels=[axis.name for axis in [*settings, score]])
    axes.set(xlim=(-0.5, x[-1] + 0.5), ylim=(-0.05, 1.08), yticks=[])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure


def learning_curves(curves: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw loss and accuracy by epoch: validation solid with a band of one standard deviation.

    Training is dashed.

    Args:
        curves: the mean curve of each group, by its name; the best first.
    """
    with rc_context(STYLE):
        columns = 2 if max(map(len, curves)) <= _LONG_NAME else 1
        figure = new_figure(7.2, 3.2 + 0.18 * -(-(len(curves) + 2) // columns))
        groups = list(zip(curves.items(), _COLOURS, strict=False))
        labels = {"loss": "cross-entropy (nats)", "accuracy": "accuracy"}
        for axes, (score, label) in zip(figure.subplots(1, 2), labels.items(), strict=True):
            for (_, curve), colour in reversed(groups):  # the best on top
                _draw_curve(axes, curve, score, colour)
            axes.set(xlabel="epoch", ylabel=label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(axis="y")
            _fit_height(axes)
        lines = [Line2D([], [], color=colour, label=name) for (name, _), colour in groups]
        lines.append(Line2D([], [], color=GREY, label="validation", marker="o", markersize=4))
        lines.append(Line2D([], [], color=GREY, label="training", linestyle=_DASHED))
        figure.legend(handles=lines, loc="outside lower center", ncols=columns, fontsize=8)
        return figure


def _draw_curve(axes: Axes, curve: pd.DataFrame, score: str, colour: str) -> None:
    epoch, val, spread = curve["epoch"], curve[f"val_{score}"], curve[f"val_{score}_sd"]
    axes.plot(epoch, curve[f"train_{score}"], color=colour, linestyle=_DASHED, linewidth=1)
    axes.plot(epoch, val, color=colour, linewidth=1.3, marker="o", markevery=[-1], markersize=4)
    axes.fill_between(epoch, val - spread, val + spread, color=colour, alpha=0.15, linewidth=0)


def _fit_height(axes: Axes) -> None:
    """Fit the y axis to 95% of the values and to the end of every curve.

    The first epochs and single spikes would flatten the rest.
    """
    lines = [np.asarray(line.get_ydata(), float) for line in axes.lines]
    low, high = np.percentile(np.concatenate(lines), [2.5, 97.5])
    ends = [values[-1] for values in lines]
    low, high = min(low, *ends), max(high, *ends)
    margin = 0.04 * (high - low) + 1e-9
    axes.set_ylim(low - margin, high + margin)
