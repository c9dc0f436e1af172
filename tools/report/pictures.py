"""The pictures that the page adds to those of the pipeline, drawn in the pipeline's style.

K classes.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from stages.common.charts import class_grid
from stages.common.figures import BLUE, ORANGE, STYLE, new_figure

History = Mapping[str, Sequence[float | None]]


def overlaid_curves(before: History, after: History) -> Figure:
    """Draw the loss and accuracy by epoch of two runs, given as the columns of plots/history.csv, over each other."""
    with rc_context(STYLE):
        figure = new_figure(8.6, 3.4)
        panels = zip(
            figure.subplots(1, 2),
            ("loss", "accuracy"),
            ("cross-entropy (nats)", "accuracy"),
            strict=True,
        )
        for axes, score, label in panels:
            for run, history, colour in (("before", before, ORANGE), ("after", after, BLUE)):
                for split, name, line in (("train", "training", ":"), ("val", "validation", "-")):
                    values = history[f"{split}_{score}"]
                    if values[0] is not None:
                        marker = "o" if len(values) <= 20 else ""
                        axes.plot(
                            history["epoch"],
                            values,
                            line,
                            marker=marker,
                            color=colour,
                            markersize=3.5,
                            label=f"{run}, {name}",
                        )
            axes.set(xlabel="epoch", ylabel=label)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(axis="y")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=4)
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
