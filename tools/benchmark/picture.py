"""The results as a picture: a dot for each trainer and each command, on a logarithmic scale."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stages.common.figures import BLUE, GREY, ORANGE, save
from tools.benchmark.targets import Results

_STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_OURS = {"ours", "repro", "exp_run", "no_op"}
_SHOWN_COMMANDS = ("repro", "chapter", "exp_run", "empty_exp_run", "no_op", "empty_status")


def draw(results: Results, path: Path) -> None:
    """Draw the sections that `results` has and write the PNG to `path`; without either section, nothing."""
    panels = []
    if "epochs" in results:
        panels.append(
            (
                "seconds an epoch",
                "trainer",
                [row for row in results["epochs"] if "median" in row and not row["void"]],
            )
        )
    if "commands" in results:
        panels.append(
            (
                "seconds",
                "command",
                [row for row in results["commands"] if row["command"] in _SHOWN_COMMANDS],
            )
        )
    if not panels:
        return
    with rc_context(_STYLE):
        height = 0.9 + 0.34 * max(len(rows) for _, _, rows in panels)
        figure = Figure(figsize=(5.6 * len(panels), height), dpi=144, layout="constrained")
        for axes, (label, key, rows) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            _dots(axes, sorted(rows, key=lambda row: float(row["median"])), key, label)
        save(figure, path)


def _dots(axes: Axes, rows: Sequence[dict[str, Any]], key: str, label: str) -> None:
    colours = [
        BLUE if row[key] in _OURS else GREY if _is_floor(row[key]) else ORANGE for row in rows
    ]
    axes.scatter([row["median"] for row in rows], range(len(rows)), c=colours, zorder=2)
    for place, row in enumerate(rows):
        axes.annotate(
            f"{row['median']:.3g}",
            (row["median"], place),
            (0, 6),
            textcoords="offset points",
            ha="center",
        )
    axes.set_yticks(range(len(rows)), labels=[row["title"].replace("`", "") for row in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.grid(axis="y", color="#dddddd")
    axes.set_xlabel(f"{label} (median, logarithmic scale)")


def _is_floor(name: str) -> bool:
    return name.startswith(("floor", "empty"))
