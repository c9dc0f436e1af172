"""The charts of the page, as specifications of Vega-Lite.

A colour is written as "@name", for the variable --name of page.css: page.js fills in what it is in
the page's light or dark colours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tools.search.page.content import Trial

Spec = dict[str, Any]

LOSS, ACCURACY = "validation loss (nats)", "validation accuracy"
STATES = {"complete": "@series-1", "pruned": "@faint", "failed": "@series-2"}
SERIES = [f"@series-{number}" for number in range(1, 6)]


def history(trials: Sequence[Trial]) -> Spec:
    """Return the validation loss of each trial, in their order, and the best so far."""
    rows = [
        {
            "number": trial.number,
            "name": trial.name,
            "state": trial.state,
            "loss": trial.val_loss,
            "about": about(trial),
        }
        for trial in trials
        if trial.val_loss is not None
    ]
    x = quantitative("number", "trial", domain=[-1, len(trials)])
    complete = [trial.val_loss for trial in trials if trial.state == "complete"]
    y = quantitative(
        "loss", LOSS, **_near_the_best([loss for loss in complete if loss is not None])
    )
    states = [state for state in STATES if any(row["state"] == state for row in rows)]
    colour = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "scale": {"domain": states, "range": [STATES[state] for state in states]},
    }
    best = {"op": "min", "field": "loss", "as": "best"}
    return chart(
        rows,
        height=280,
        layer=[
            {
                "transform": [
                    {"filter": "datum.state == 'complete'"},
                    {"window": [best], "sort": [{"field": "number"}]},
                ],
                "mark": {"type": "line", "interpolate": "step-after", "color": "@ink"},
                "encoding": {"x": x, "y": y | {"field": "best"}},
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
    bar = {"type": "bar", "color": "@series-1", "height": {"band": 0.7}}
    return chart(
        rows,
        height={"step": 26},
        mark=bar,
        encoding={"x": x, "y": y, "tooltip": tooltip()},
    )


def learning_curves(curves: Mapping[str, pd.DataFrame], figure: str) -> Spec:
    """Return the mean learning curve of each group.

    Args:
        curves: by group the curve, as tools.compare.groups.mean_curve has it.
        figure: "loss" or "accuracy".
    """
    rows = []
    for group, curve in curves.items():
        for row in curve.to_dict("records"):
            value, spread = row[f"val_{figure}"], row[f"val_{figure}_sd"]
            spread = 0.0 if np.isnan(spread) else spread
            rows.append(
                {
                    "epoch": int(row["epoch"]),
                    "group": group,
                    "value": value,
                    "low": value - spread,
                    "high": value + spread,
                    "about": f"{group}, epoch {int(row['epoch'])}: {value:.4f} ± {spread:.4f}",
                }
            )
    title = LOSS if figure == "loss" else ACCURACY
    values = [row["value"] for row in rows]
    scale = _near_the_best(values, highest=figure == "accuracy")
    x = quantitative("epoch", "epoch", domain=[1, max(row["epoch"] for row in rows)])
    y = quantitative("value", title, **scale)
    colour = {
        "field": "group",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(curves), "range": SERIES[: len(curves)]},
    }
    band = {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "color": colour}
    return chart(
        rows,
        height=260,
        layer=[
            {"mark": {"type": "area", "opacity": 0.15}, "encoding": band},
            {"mark": {"type": "line"}, "encoding": {"x": x, "y": y, "color": colour}},
            {
                "mark": {"type": "point", "size": 60, "opacity": 0},
                "encoding": {"x": x, "y": y, "tooltip": tooltip()},
            },
        ],
    )


def _near_the_best(values: Sequence[float], *, highest: bool = False) -> Spec:
    """Return a scale from the best value to four times as far from it as the third quartile is.

    What is worse lies at the end of the axis, where it does not press the rest together.
    """
    if not values:
        return {"zero": False}
    best = max(values) if highest else min(values)
    far = 4 * (float(np.percentile(values, 25 if highest else 75)) - best)
    far = far or (-0.01 if highest else 0.01)
    return {"domain": sorted([best - 0.08 * far, best + far]), "clamp": True, "nice": False}


def chart(rows: Sequence[Mapping[str, Any]], **parts: Any) -> Spec:
    """Return a chart as wide as the page; `rows` are its data."""
    return {"width": "container", "data": {"values": list(rows)}, **parts}


def quantitative(field: str, title: str, **scale: Any) -> Spec:
    """Return how a number is drawn on an axis."""
    return {"field": field, "type": "quantitative", "title": title, "scale": scale}


def tooltip() -> Spec:
    """Return the text that a mark shows when it is pointed at."""
    return {"field": "about", "type": "nominal"}


def about(trial: Trial) -> str:
    """Return a trial in a line."""
    figures = ""
    if trial.val_loss is not None and trial.val_accuracy is not None:
        figures = f": loss {trial.val_loss:.4f}, accuracy {trial.val_accuracy:.4f}"
    params = ", ".join(f"{name} {value}" for name, value in trial.params.items())
    return f"{trial.name} ({trial.state}, {trial.epochs} epochs){figures}; {params}"
