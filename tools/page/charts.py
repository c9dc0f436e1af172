"""What all charts have in common, as specifications of Vega-Lite, and those of single panels.

A colour is a variable of page.css: a chart on a page is light or dark as the page is, and a picture
has the light ones. Axes of a chart have no more text than they need: its `text` says what it shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.page.content import Trial

Spec = dict[str, Any]

LOSS, ACCURACY = "validation loss (nats)", "validation accuracy"
BLUE, ORANGE, FAINT, INK = "var(--series-1)", "var(--series-2)", "var(--faint)", "var(--ink)"
GOOD, BAD = "var(--good)", "var(--bad)"
WHOLE = {"tickMinStep": 1, "format": "d"}
_FONT = "system-ui, sans-serif"
CONFIG: Spec = {
    "background": None,
    "font": _FONT,
    "text": {"font": _FONT, "color": INK},
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--soft)",
        "tickColor": "var(--soft)",
        "gridColor": "var(--line)",
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "legend": {"labelColor": INK, "labelFontSize": 12, "orient": "top", "symbolOpacity": 1},
    "title": {"color": INK, "fontSize": 12, "fontWeight": "normal", "anchor": "start"},
}
_STATES = {"complete": BLUE, "pruned": FAINT, "failed": ORANGE}


@dataclass(frozen=True)
class Chart:
    """One panel, or some that are read together."""

    name: str  # the id, on a page
    text: str  # what it shows
    panels: Mapping[str, Spec]  # by heading; "" is none
    width: int  # pixels of a panel: on a page at least, in a picture just these


def history(trials: Sequence[Trial], one: str) -> Chart:
    """Return the validation loss of each trial, in their order, and the best so far.

    Args:
        trials: in their order.
        one: what a trial is called.
    """
    rows: list[dict[str, Any]] = [
        {"number": number, "state": trial.state, "loss": trial.val_loss, "about": trial.about}
        | ends(trial.val_loss, trial.val_loss_sd)
        for number, trial in enumerate(trials)
        if trial.val_loss is not None
    ]
    x = quantitative("number", one, domain=[-0.5, len(trials) - 0.5]) | {"axis": WHOLE}
    complete = [trial.val_loss for trial in trials if trial.state == "complete"]
    low, high = near_the_best([loss for loss in complete if loss is not None])
    lowest = min([low, *(row["low"] for row in rows if row["loss"] < high)])
    y = quantitative("loss", LOSS, **to_scale(lowest, high), clamp=True)
    states = [state for state in _STATES if any(row["state"] == state for row in rows)]
    colour: Spec = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "scale": {"domain": states, "range": [_STATES[state] for state in states]},
    }
    if states == ["complete"]:
        colour["legend"] = None
    best = {"op": "min", "field": "loss", "as": "best"}
    layers = [
        {
            "transform": [
                {"filter": "datum.state == 'complete'"},
                {"window": [best], "sort": [{"field": "number"}]},
            ],
            "mark": {"type": "line", "interpolate": "step-after", "color": INK},
            "encoding": {"x": x, "y": y | {"field": "best"}},
        },
        spread(x, y),
        {
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip()},
        },
    ]
    text = (
        f"Each point is a {one}, in the order of their runs, the line the best so far. "
        "A point at the upper edge is worse than the axis shows."
    )
    if any(each.val_loss_sd for each in trials):
        text += " A bar is one standard deviation over seeds."
    return Chart("history", text, {"": panel(rows, height=280, layer=layers)}, 600)


def importance(shares: Mapping[str, float], text: str) -> Chart:
    """Return how much each param explains of the differences; `text` says how to read it."""
    rows = [
        {"param": name, "share": share, "about": f"{name}: {share:.0%}"}
        for name, share in shares.items()
    ]
    x = quantitative("share", "importance", zero=True) | {"axis": {"format": "%", "tickCount": 5}}
    y = {"field": "param", "type": "nominal", "title": None, "sort": "-x"}
    bar = {"type": "bar", "color": BLUE, "height": {"band": 0.7}}
    encoding = {"x": x, "y": y, "tooltip": tooltip()}
    spec = panel(rows, height={"step": 26}, mark=bar, encoding=encoding)
    return Chart("importance", text, {"": spec}, 600)


def near_the_best(values: Sequence[float]) -> tuple[float, float]:
    """Return the range from the lowest value to four times as far from it as the median is.

    What is worse lies at the end of the axis, where it does not press the rest together.
    """
    best = min(values)
    far = 4 * (float(np.median(values)) - best) or 0.01
    return best - 0.08 * far, best + far


def to_scale(low: float, high: float) -> Spec:
    """Return a scale from low to high."""
    return {"domain": [round(low, 5), round(high, 5)], "nice": False}


def ends(value: float, spread: float | None) -> dict[str, float]:
    """Return the ends of a bar of one standard deviation to either side."""
    return {"low": value - (spread or 0), "high": value + (spread or 0)}


def spread(x: Spec, y: Spec) -> Spec:
    """Return the layer of the bars from `low` to `high`."""
    return {
        "transform": [{"filter": "datum.high > datum.low"}],
        "mark": {"type": "rule", "color": BLUE},
        "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
    }


def panel(rows: Sequence[Mapping[str, Any]], **parts: Any) -> Spec:
    """Return a panel as wide as its place; `rows` are its data."""
    return {"width": "container", "data": {"values": list(rows)}, **parts}


def quantitative(field: str, title: str | None, **scale: Any) -> Spec:
    """Return how a number is drawn on an axis."""
    return {"field": field, "type": "quantitative", "title": title, "scale": scale}


def tooltip() -> Spec:
    """Return the text that a mark shows when it is pointed at."""
    return {"field": "about", "type": "nominal"}
