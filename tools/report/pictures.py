"""The pictures that the page adds to those of the pipeline, drawn in the pipeline's style.

K classes.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from stages.common.charts import BLUE, GREY, ORANGE, STYLE, name_ticks, new_figure

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
    """Draw what changes from one confusion matrix [K, K] of counts to another, coloured by whether it is an improvement."""
    change = after - before
    gain = np.where(
        np.eye(len(classes), dtype=bool), change, -change
    )  # fewer mistakes are a gain too
    limit = max(1.0, float(np.sqrt(np.abs(gain).max())))
    side = max(3.2, 0.56 * len(classes) + 1.0)
    with rc_context(STYLE | {"axes.spines.left": False, "axes.spines.bottom": False}):
        figure = new_figure(side + 0.9, side)
        axes = figure.subplots()
        # The root spreads the small changes.
        colours = LinearSegmentedColormap.from_list("gain", [ORANGE, "white", BLUE])
        picture = axes.imshow(
            np.sign(gain) * np.sqrt(np.abs(gain)), cmap=colours, vmin=-limit, vmax=limit
        )
        name_ticks(axes, classes)
        axes.set(xlabel="predicted class", ylabel="true class")
        for row, column in np.ndindex(change.shape):
            value = int(change[row, column])
            strong = abs(value) > 0.5 * limit**2
            colour = "white" if strong else "black" if value else GREY
            weight = "bold" if row == column else "normal"
            text = f"{value:+d}" if value else "·"
            axes.text(
                column, row, text, ha="center", va="center", color=colour, weight=weight, fontsize=8
            )
        bar = figure.colorbar(
            picture, ax=axes, fraction=0.045, pad=0.02, label="effect of the change"
        )
        bar.set_ticks([-limit, 0, limit], labels=["worse", "none", "better"])
        return figure
