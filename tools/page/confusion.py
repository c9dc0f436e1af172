"""The change between two confusion matrices: true classes down, predicted ones across.

K classes, in the dataset's order, as in every confusion matrix of the project.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from tools.page.charts import BAD, GOOD, INK, Chart, Spec, panel, tooltip

_STEP, _MOST = 34, 1100  # pixels down: of a class, of all
_NUMBERED = 24  # classes up to which cells hold their numbers


def confusion_difference(before: np.ndarray, after: np.ndarray, classes: Sequence[str]) -> Chart:
    """Return the change of the counts [K, K], improvements in blue, the others in orange."""
    change = after - before
    limit = max(1, int(np.abs(change).max()))
    rows = [
        _cell(int(true), int(guess), int(change[true, guess]), limit, classes)
        for true, guess in np.argwhere(change)
    ]
    opacity = {"field": "opacity", "type": "quantitative", "scale": None, "legend": None}
    tone: Spec = {
        "field": "tone",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["better", "worse"], "range": [GOOD, BAD]},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "rect"},
            "encoding": {"color": tone, "fillOpacity": opacity, "tooltip": tooltip()},
        }
    ]
    if len(classes) <= _NUMBERED:
        mark = {"type": "text", "color": INK, "fontSize": 11}
        layers.append({"mark": mark, "encoding": {"text": {"field": "text", "type": "nominal"}}})
    spec = panel(
        rows,
        height=min(_STEP * len(classes), _MOST),
        encoding={
            "x": _axis("predicted", classes, labelAngle=-40),
            "y": _axis("true", classes),
        },
        layer=layers,
    )
    text = "After minus before, in images. A cell without a number did not change."
    return Chart("confusion", text, {"": spec}, 300)


def _cell(true: int, guess: int, change: int, limit: int, classes: Sequence[str]) -> dict[str, Any]:
    # More images on the diagonal are better, and fewer beside it.
    is_better = (change > 0) == (true == guess)
    return {
        "true": true,
        "predicted": guess,
        "text": f"{change:+d}",
        "tone": "better" if is_better else "worse",
        # The root spreads the small changes.
        "opacity": round(0.08 + 0.42 * (abs(change) / limit) ** 0.5, 3),
        "about": f"{classes[true]}, taken for {classes[guess]}: {change:+d}",
    }


def _axis(field: str, classes: Sequence[str], **how: Any) -> Spec:
    names = json.dumps(list(classes))
    return {
        "field": field,
        "type": "nominal",
        "title": f"{field} class",
        "scale": {"domain": list(range(len(classes)))},
        "axis": {
            "labelExpr": f"{names}[datum.value]",
            "labelLimit": 110,
            "labelOverlap": True,
            "ticks": False,
            "domain": False,
        }
        | how,
    }
