"""Learning curves, drawn in this one way in every page and picture but the pipeline's own.

One or two runs share a panel. More have a panel each, all of the same height, with the first one's
validation curve in grey behind: noisy curves on top of each other could not be told apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stages.common.history import History
from tools.page.charts import (
    BLUE,
    FAINT,
    ORANGE,
    WHOLE,
    Chart,
    Spec,
    panel,
    quantitative,
    to_scale,
    tooltip,
)

Row = dict[str, Any]  # of the data of a chart
_SHARED = 2  # curves in one panel, at most
_UNITS = {"loss": "loss (nats)", "accuracy": "accuracy"}


def learning_curves(curves: Mapping[str, History], score: str) -> Chart:
    """Return the mean learning curve of each group of seeds.

    Args:
        curves: by group the curve, as tools.runs.ranking.mean_curve has it; the best first.
        score: "loss" or "accuracy".
    """
    rows = {group: _rows(group, curve, score) for group, curve in curves.items()}
    first, *others = rows
    whole = [row for each in rows.values() for row in each]
    text = f"{_UNITS[score].capitalize()} by epoch: validation solid, training dashed."
    if any(row["high"] > row["low"] for row in whole):
        text += " A band is one standard deviation over the seeds."
    scales = (int(max(row["epoch"] for row in whole)), _range(rows, score))
    if len(rows) <= _SHARED:
        panels = {"": _panel(whole, list(rows), *scales)}
        return Chart(score, text, panels, 420)
    behind = [row | {"split": "behind"} for row in rows[first] if row["split"] == "validation"]
    panels = {first: _panel(rows[first], [first], *scales)}
    for group in others:
        panels[group] = _panel([*behind, *rows[group]], [group], *scales)
    return Chart(score, f"{text} Grey: the validation of the first, for comparison.", panels, 150)


def _rows(group: str, curve: History, score: str) -> list[Row]:
    """Return a row an epoch and split: group, split, epoch, value, low, high, about."""
    rows: list[Row] = []
    for split, name in (("train", "training"), ("val", "validation")):
        values = curve[f"{split}_{score}"]
        spreads = curve.get(f"{split}_{score}_sd", [None] * len(values))
        for epoch, value, spread in zip(curve["epoch"], values, spreads, strict=True):
            if value is None:
                continue
            half = spread or 0.0
            band = half if split == "val" else 0.0
            about = f"{group}, epoch {epoch:g}, {name}: {value:.4f}"
            rows.append(
                {
                    "group": group,
                    "split": name,
                    "epoch": epoch,
                    "value": round(value, 5),
                    "low": round(value - band, 5),
                    "high": round(value + band, 5),
                    "about": about + (f" ± {half:.4f}" if half else ""),
                }
            )
    return rows


def _range(rows: Mapping[str, Sequence[Row]], score: str) -> tuple[float, float]:
    """Return the range of the y axis: 95% of the values, all that are best, and the last ones.

    The first epochs and single spikes would flatten the rest.
    """
    values = [row["value"] for each in rows.values() for row in each]
    ends = {(group, row["split"]): row["value"] for group, each in rows.items() for row in each}
    low, high = np.percentile(values, [2.5, 97.5])
    low, high = min(low, *ends.values()), max(high, *ends.values())
    low, high = (min(values), high) if score == "loss" else (low, max(values))
    margin = 0.04 * (high - low) + 1e-4
    return low - margin, high + margin


def _panel(rows: Sequence[Row], groups: list[str], epochs: int, ends: tuple[float, float]) -> Spec:
    x = quantitative("epoch", None, domain=[min(1, epochs - 1), epochs], nice=False)
    x["axis"] = WHOLE | {"tickCount": 4}
    y = quantitative("value", None, **to_scale(*ends)) | {"axis": {"tickCount": 5}}
    colour = {
        "field": "group",
        "type": "nominal",
        "title": None,
        "scale": {"domain": groups, "range": [BLUE, ORANGE][: len(groups)]},
        "legend": {} if len(groups) > 1 else None,
    }
    both = {"x": x, "y": y}
    lines = both | {"color": colour}
    band = lines | {"y": y | {"field": "low"}, "y2": {"field": "high"}}
    dashed = {"type": "line", "strokeDash": [4, 3], "strokeWidth": 1.3}
    return panel(
        rows,
        height=150 if len(groups) == 1 else 240,
        layer=[
            _layer("validation", {"type": "area", "opacity": 0.18}, band),
            _layer("behind", {"type": "line", "color": FAINT, "strokeWidth": 1.3}, both),
            _layer("training", dashed, lines),
            _layer("validation", {"type": "line", "strokeWidth": 1.6}, lines),
            {
                "transform": [{"filter": "datum.split != 'behind'"}],
                "mark": {"type": "point", "size": 60, "opacity": 0, "clip": True},
                "encoding": both | {"tooltip": tooltip()},
            },
        ],
    )


def _layer(split: str, mark: Spec, encoding: Spec) -> Spec:
    """Return what is drawn of one split."""
    chosen = [{"filter": f"datum.split == '{split}'"}]
    return {"transform": chosen, "mark": mark | {"clip": True}, "encoding": encoding}
