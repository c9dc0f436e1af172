"""The pictures that the page adds to those of the pipeline, drawn in the pipeline's style.

K classes.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from stages.common.charts import class_grid
from stages.common.figures import BLUE, ORANGE, STYLE, new_figure
from stages.common.history import History

_RUNS = {"before": ORANGE, "after": BLUE}
_SPLITS = {"train": ("training", ":"), "val": ("validation", "-")}


def overlaid_curves(before: History, after: History) -> Figure:
    """Draw the loss and the accuracy by epoch of two runs over each other."""
    with rc_context(STYLE):
        figure = new_figure(8.6, 3.4)
        left, right = figure.subplots(1, 2)
        for axes, score, label in ((left, "loss", "cross-entropy (nats)"), (right, "accuracy", "")):
            for run, history in (("before", before), ("after", after)):
                _plot(axes, run, history, score)
            axes.set(xlabel="epoch", ylabel=label or score)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(axis="y")
        figure.legend(*right.get_legend_handles_labels(), loc="outside upper center", ncols=4)
        return figure


def _plot(axes: Axes, run: str, history: History, score: str) -> None:
    """Draw the curves of one run, for each split that it has."""
    epochs = np.array(history["epoch"], dtype=float)
    marker = "o" if len(epochs) <= 20 else ""
    for split, (name, line) in _SPLITS.items():
        values = np.array(history[f"{split}_{score}"], dtype=float)  # None becomes NaN
        if np.isfinite(values).any():
            axes.plot(
                epochs,
                values,
                line,
                marker=marker,
                markersize=3.5,
                color=_RUNS[run],
                label=f"{run}, {name}",
            )


def confusion_difference(before: np.ndarray, after: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw the change between two confusion matrices [K, K] of counts, improvements in blue."""
    change = after - before
    # Fewer mistakes are an improvement too.
    gain = np.where(np.eye(len(classes), dtype=bool), change, -change)
    roots = np.sign(gain) * np.sqrt(np.abs(gain))  # which spread the small changes
    limit = max(1.0, float(np.abs(roots).max()))
    return class_grid(
        roots,
        change,
        classes,
        colours=LinearSegmentedColormap.from_list("gain", [ORANGE, "white", BLUE]),
        limits=(-limit, limit),
        label="effect of the change",
        ticks={"worse": -limit, "none": 0, "better": limit},
        sign="+",
    )
