"""The pictures of a comparison: the sweep, in the chart that its shape calls for, and learning curves.

G groups (one for each choice of params, over all its seeds), as tools/compare/experiments.py gives them: best first.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from stages.common.figures import BLUE, GREEN, GREY, ORANGE, STYLE, new_figure
from tools.compare.experiments import RANKED_BY

LABELS = {"val_loss": "validation loss (nats)", "val_accuracy": "validation accuracy"}
_COLOURS = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9")  # Okabe and Ito's
_DASHED = (0, (3, 2))
_GRID_SHARE = 0.75  # of the combinations must be there to call a sweep a grid


def sweep(groups: pd.DataFrame, params: Sequence[str]) -> Figure:
    """Draw the score over the params that vary: a curve over one, heat maps of a grid of two or three, else parallel axes."""
    values = {name: sorted(groups[name].unique()) for name in params}
    cells = np.prod([len(each) for each in values.values()])
    with rc_context(STYLE):
        if len(params) == 1:
            return _curve(groups, params[0], values[params[0]])
        if len(params) in (2, 3) and len(groups) >= _GRID_SHARE * cells:
            return _heat_maps(groups, values)
        return _parallel(groups, values)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else str(value)


def _norm(groups: pd.DataFrame) -> Normalize:
    """Return the colours' range: up to the worst of the better four fifths, so that one bad run does not fade the rest."""
    low, high = groups["score"].min(), groups["score"].quantile(0.8)
    return Normalize(low, max(high, low + 1e-6))


def _curve(groups: pd.DataFrame, param: str, values: list) -> Figure:
    figure = new_figure(7.2, 2.9)
    points = groups.set_index(param).loc[values]
    for axes, score in zip(figure.subplots(1, 2), LABELS, strict=True):
        axes.errorbar(
            range(len(values)),
            points[score],
            points[f"{score}_sd"].fillna(0),
            color=BLUE,
            marker="o",
            capsize=3,
        )
        axes.set_xticks(range(len(values)), labels=map(_text, values))
        axes.set(xlabel=param, ylabel=LABELS[score])
        axes.grid(axis="y")
    return figure


def _heat_maps(groups: pd.DataFrame, values: dict[str, list]) -> Figure:
    """Draw a map for each value of the param with the fewest (when there are three), the most values across."""
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
        picture = axes.imshow(matrix, cmap="viridis_r", norm=norm, aspect="auto", origin="lower")
        for row, column in product(range(rows), range(columns)):
            _cell(
                axes,
                row,
                column,
                matrix[row, column],
                norm,
                best=matrix[row, column] == groups["score"].min(),
            )
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


def _cell(axes: Axes, row: int, column: int, value: float, norm: Normalize, *, best: bool) -> None:
    text = "-" if np.isnan(value) else f"{value:.3f}"
    colour = "black" if np.isnan(value) or norm(value) < 0.5 else "white"
    axes.text(
        column,
        row,
        text,
        ha="center",
        va="center",
        color=colour,
        fontsize=8,
        weight="bold" if best else "normal",
    )
    if best:
        axes.add_patch(
            Rectangle(
                (column - 0.47, row - 0.47), 0.94, 0.94, fill=False, edgecolor=ORANGE, linewidth=2.5
            )
        )


def _parallel(groups: pd.DataFrame, values: dict[str, list]) -> Figure:
    """Draw a line a group across an axis for each param, evenly spaced values, and one for RANKED_BY; the best in orange."""
    figure = new_figure(1.5 * (len(values) + 1) + 1.2, 3.2)
    axes = figure.subplots()
    norm = _norm(groups)
    places = [
        [each.index(value) / max(1, len(each) - 1) for value in groups[name]]
        for name, each in values.items()
    ]
    heights = np.column_stack([*places, norm(groups["score"]).clip(0, 1.05)])  # [G, params + 1]
    x = np.arange(heights.shape[1])
    for rank in reversed(range(len(groups))):  # the best on top
        colour = ORANGE if rank == 0 else BLUE
        fade = 0.25 + 0.5 * (1 - heights[rank, -1].clip(0, 1))
        axes.plot(
            x,
            heights[rank],
            color=colour,
            linewidth=2.2 if rank == 0 else 1.1,
            alpha=1 if rank == 0 else fade,
        )
    for place, each in zip(x, values.values(), strict=False):
        axes.axvline(place, color=GREY, linewidth=0.8)
        for index, value in enumerate(each):
            height = index / max(1, len(each) - 1)
            box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
            axes.text(
                place - 0.04, height, _text(value), ha="right", va="center", fontsize=8, bbox=box
            )
    axes.axvline(x[-1], color=GREY, linewidth=0.8)
    for height in (0, 0.5, 1):
        axes.text(x[-1] + 0.04, height, f"{norm.inverse(height):.4f}", va="center", fontsize=8)
    axes.set_xticks(x, labels=[*values, LABELS[RANKED_BY]])
    axes.set(xlim=(-0.45, x[-1] + 0.45), yticks=[])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return figure


def learning_curves(curves: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw loss and accuracy by epoch, validation solid with a band of one standard deviation, training dashed.

    Args:
        curves: the mean history of each group, by its name; the best first.
    """
    with rc_context(STYLE):
        figure = new_figure(7.2, 3.4 + 0.14 * len(curves))
        both = figure.subplots(1, 2)
        groups = list(zip(curves.items(), _COLOURS, strict=False))
        for axes, score, label in zip(
            both, ("loss", "accuracy"), ("cross-entropy (nats)", "accuracy"), strict=True
        ):
            for (_, history), colour in reversed(groups):  # the best on top
                x, val, spread = (
                    history["epoch"],
                    history[f"val_{score}"],
                    history[f"val_{score}_sd"],
                )
                axes.plot(
                    x, history[f"train_{score}"], color=colour, linestyle=_DASHED, linewidth=1
                )
                axes.plot(
                    x, val, color=colour, linewidth=1.3, marker="o", markevery=[-1], markersize=4
                )
                axes.fill_between(
                    x, val - spread, val + spread, color=colour, alpha=0.15, linewidth=0
                )
            axes.set(xlabel="epoch", ylabel=label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(axis="y")
            _fit_height(axes)
        lines = [Line2D([], [], color=colour, label=name) for (name, _), colour in groups]
        lines.append(
            Line2D([], [], color=GREY, label="validation", marker="o", markevery=[-1], markersize=4)
        )
        lines.append(Line2D([], [], color=GREY, label="training", linestyle=_DASHED))
        figure.legend(handles=lines, loc="outside lower center", ncols=2, fontsize=8)
        return figure


def _fit_height(axes: Axes) -> None:
    """Fit the y axis to 95% of the values and every curve's end: the first epochs and single spikes would flatten the rest."""
    lines = [np.asarray(line.get_ydata(), float) for line in axes.lines]
    low, high = np.percentile(np.concatenate(lines), [2.5, 97.5])
    ends = [values[-1] for values in lines]
    low, high = min(low, *ends), max(high, *ends)
    margin = 0.04 * (high - low) + 1e-9
    axes.set_ylim(low - margin, high + margin)
