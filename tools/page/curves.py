"""Learning curves, drawn in this one way in every page and picture but the pipeline's own.

One or two runs share a panel. More have a panel each, all of the same height, with the first one's
validation curve in grey behind: noisy curves on top of each other could not be told apart.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

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

_SHARED = 2  # curves in one panel, at most
_UNITS = {"loss": "loss (nats)", "accuracy": "accuracy"}


def learning_curves(curves: Mapping[str, pd.DataFrame], figure: str) -> Chart:
    """Return the mean learning curve of each group of seeds.

    Args:
        curves: by group the curve, as tools.runs.seeds.mean_curve has it; the best first.
        figure: "loss" or "accuracy".
    """
    tables = {group: _long(group, curve, figure) for group, curve in curves.items()}
    first, *others = tables
    whole = pd.concat(tables.values())
    text = f"{_UNITS[figure].capitalize()} by epoch: validation solid, training dashed."
    if (whole["high"] > whole["low"]).any():
        text += " A band is one standard deviation over the seeds."
    scales = (int(whole["epoch"].max()), _range(whole, figure))
    if len(tables) <= _SHARED:
        panels = {"": _panel(whole, list(tables), *scales)}
        return Chart(figure, text, panels, 420)
    behind = tables[first].query("split == 'validation'").assign(split="behind")
    panels = {first: _panel(tables[first], [first], *scales)}
    for group in others:
        panels[group] = _panel(pd.concat([behind, tables[group]]), [group], *scales)
    return Chart(figure, f"{text} Grey: the validation of the first, for comparison.", panels, 150)


def _long(group: str, curve: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return a curve as a row an epoch and split: group, split, epoch, value, low, high, about."""
    parts = []
    for split, name in (("train", "training"), ("val", "validation")):
        value, sd = curve[f"{split}_{figure}"], curve[f"{split}_{figure}_sd"].fillna(0)
        band = sd if split == "val" else 0 * sd
        part = pd.DataFrame({"epoch": curve["epoch"], "value": value}).assign(
            low=value - band, high=value + band, group=group, split=name
        )
        part["about"] = [
            f"{group}, epoch {epoch:g}, {name}: {each:.4f}" + (f" ± {half:.4f}" if half else "")
            for epoch, each, half in zip(curve["epoch"], value, sd, strict=True)
        ]
        parts.append(part)
    return pd.concat(parts).dropna().round(5)


def _range(whole: pd.DataFrame, figure: str) -> tuple[float, float]:
    """Return the range of the y axis: 95% of the values, all that are best, and the last ones.

    The first epochs and single spikes would flatten the rest.
    """
    values = whole["value"]
    last = whole.groupby(["group", "split"])["value"].last()
    low, high = np.percentile(values, [2.5, 97.5])
    low, high = min(low, last.min()), max(high, last.max())
    low, high = (values.min(), high) if figure == "loss" else (low, values.max())
    margin = 0.04 * (high - low) + 1e-4
    return low - margin, high + margin


def _panel(rows: pd.DataFrame, groups: list[str], epochs: int, ends: tuple[float, float]) -> Spec:
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
        rows.to_dict("records"),
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
