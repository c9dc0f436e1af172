"""The charts of the page, as specifications of Vega-Lite.

A colour is a variable of page.css: a chart on a page is light or dark as the page is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tools.page.content import Trial

Spec = dict[str, Any]

LOSS, ACCURACY = "validation loss (nats)", "validation accuracy"
STATES = {"complete": "var(--series-1)", "pruned": "var(--faint)", "failed": "var(--series-2)"}
_FONT = "system-ui, sans-serif"
CONFIG: Spec = {
    "background": None,
    "font": _FONT,
    "text": {"font": _FONT},
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--soft)",
        "tickColor": "var(--soft)",
        "gridColor": "var(--line)",
        "labelColor": "var(--ink)",
        "titleColor": "var(--ink)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "legend": {
        "labelColor": "var(--ink)",
        "labelFontSize": 12,
        "orient": "top",
        "symbolOpacity": 1,
    },
}
_WHOLE = {"tickMinStep": 1, "format": "d"}
SERIES = [f"var(--series-{number})" for number in range(1, 6)]


def history(trials: Sequence[Trial], one: str) -> Spec:
    """Return the validation loss of each trial, in their order, and the best so far.

    Args:
        trials: in their order.
        one: what a trial is called.
    """
    rows: list[dict[str, Any]] = [
        {
            "number": number,
            "state": trial.state,
            "loss": trial.val_loss,
            "about": trial.about,
            "low": trial.val_loss - (trial.spread or 0),
            "high": trial.val_loss + (trial.spread or 0),
        }
        for number, trial in enumerate(trials)
        if trial.val_loss is not None
    ]
    x = quantitative("number", one, domain=[-1, len(trials)]) | {"axis": _WHOLE}
    complete = [trial.val_loss for trial in trials if trial.state == "complete"]
    low, high = near_the_best([loss for loss in complete if loss is not None])
    lowest = min([low, *(row["low"] for row in rows if row["loss"] < high)])
    y = quantitative("loss", LOSS, **_scale(lowest, high), clamp=True)
    states = [state for state in STATES if any(row["state"] == state for row in rows)]
    colour: Spec = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "scale": {"domain": states, "range": [STATES[state] for state in states]},
    }
    if states == ["complete"]:
        colour["legend"] = None
    best = {"op": "min", "field": "loss", "as": "best"}
    spread = {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}}
    return chart(
        rows,
        height=280,
        layer=[
            {
                "transform": [
                    {"filter": "datum.state == 'complete'"},
                    {"window": [best], "sort": [{"field": "number"}]},
                ],
                "mark": {"type": "line", "interpolate": "step-after", "color": "var(--ink)"},
                "encoding": {"x": x, "y": y | {"field": "best"}},
            },
            {
                "transform": [{"filter": "datum.high > datum.low"}],
                "mark": {"type": "rule", "color": "var(--series-1)", "opacity": 0.5},
                "encoding": spread,
            },
            {
                "mark": {"type": "point", "filled": True, "size": 45, "opacity": 0.85},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip()},
            },
        ],
    )


def importance(shares: Mapping[str, float]) -> Spec:
    """Return how much of the differences in loss each param explains."""
    rows = [
        {"param": name, "share": share, "about": f"{name}: {share:.0%}"}
        for name, share in shares.items()
    ]
    x = quantitative("share", "importance", zero=True) | {"axis": {"format": "%", "tickCount": 5}}
    y = {"field": "param", "type": "nominal", "title": None, "sort": "-x"}
    bar = {"type": "bar", "color": "var(--series-1)", "height": {"band": 0.7}}
    return chart(
        rows,
        height={"step": 26},
        mark=bar,
        encoding={"x": x, "y": y, "tooltip": tooltip()},
    )


def learning_curves(curves: Mapping[str, pd.DataFrame], figure: str) -> Spec:
    """Return the mean learning curve of each group.

    Args:
        curves: by group the curve, as tools.runs.seeds.mean_curve has it.
        figure: "loss" or "accuracy".
    """
    names = {"epoch": "epoch", f"val_{figure}": "value", f"val_{figure}_sd": "spread"}
    parts = [
        curve[list(names)].rename(columns=names).fillna({"spread": 0}).assign(group=group)
        for group, curve in curves.items()
    ]
    table = pd.concat(parts).round(5)
    scale = _scale(*near_the_best(table["value"].tolist(), highest=figure == "accuracy"))
    x = quantitative("epoch", "epoch", domain=[1, int(table["epoch"].max())]) | {"axis": _WHOLE}
    y = quantitative("value", LOSS if figure == "loss" else ACCURACY, **scale)
    colour = {
        "field": "group",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(curves), "range": SERIES[: len(curves)]},
    }
    band = {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}
    about = (
        "datum.group + ', epoch ' + datum.epoch + ': ' + format(datum.value, '.4f')"
        " + (datum.spread ? ' ± ' + format(datum.spread, '.4f') : '')"
    )
    return chart(
        table.to_dict("records"),
        height=260,
        transform=[
            {"calculate": "datum.value - datum.spread", "as": "low"},
            {"calculate": "datum.value + datum.spread", "as": "high"},
            {"calculate": about, "as": "about"},
        ],
        layer=[
            {"mark": {"type": "area", "opacity": 0.15, "clip": True}, "encoding": band},
            {"mark": {"type": "line", "clip": True}, "encoding": {"x": x, "y": y, "color": colour}},
            {
                "mark": {"type": "point", "size": 60, "opacity": 0, "clip": True},
                "encoding": {"x": x, "y": y, "tooltip": tooltip()},
            },
        ],
    )


def near_the_best(values: Sequence[float], *, highest: bool = False) -> tuple[float, float]:
    """Return the range from the best value to four times as far from it as the median is.

    What is worse lies at the end of the axis, where it does not press the rest together.
    """
    best = max(values) if highest else min(values)
    far = 4 * (float(np.median(values)) - best)
    if not far:
        far = -0.01 if highest else 0.01
    low, high = sorted([best - 0.08 * far, best + far])
    return low, high


def _scale(low: float, high: float) -> Spec:
    return {"domain": [round(low, 5), round(high, 5)], "nice": False}


def chart(rows: Sequence[Mapping[str, Any]], **parts: Any) -> Spec:
    """Return a chart as wide as the page; `rows` are its data."""
    return {"width": "container", "data": {"values": list(rows)}, **parts}


def quantitative(field: str, title: str, **scale: Any) -> Spec:
    """Return how a number is drawn on an axis."""
    return {"field": field, "type": "quantitative", "title": title, "scale": scale}


def tooltip() -> Spec:
    """Return the text that a mark shows when it is pointed at."""
    return {"field": "about", "type": "nominal"}
