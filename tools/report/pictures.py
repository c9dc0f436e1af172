"""The pictures that the page adds to those of the pipeline, drawn in the pipeline's style.

K classes.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from stages.common.charts import class_grid
from stages.common.figures import BLUE, ORANGE, STYLE, new_figure
from stages.common.history import History

_RUNS = {"before": ORANGE, "after": BLUE}
_SPLITS = {"train": ("training", ":"), "val": ("validation", "-")}


def overlaid_curves(before: History, after: History, score: str) -> Figure:
    """Draw a score, "loss" or "accuracy", by epoch of two runs over each other."""
    with rc_context(STYLE):
        figure = new_figure(4.4, 3.4)
        axes = figure.subplots()
        for run, history in (("before", before), ("after", after)):
            epochs = np.array(history["epoch"], dtype=float)
            marker = "o" if len(epochs) <= 20 else ""
            for split, (name, line) in _SPLITS.items():
                values = np.array(history[f"{split}_{score}"], dtype=float)  # None becomes NaN
                if np.isfinite(values).any():
                    axes.plot(epochs, values, line, color=_RUNS[run], label=f"{run}, {name}")
                    axes.lines[-1].set(marker=marker, markersize=3.5)
        unit = "cross-entropy (nats)" if score == "loss" else score
        axes.set(xlabel="epoch", ylabel=unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        figure.legend(loc="outside upper center", ncols=2)
        return figure


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
