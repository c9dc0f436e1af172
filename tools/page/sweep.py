"""The loss over the params of a sweep: a curve over one, heat maps over a grid of two or three.

What is not such a sweep is drawn on parallel axes alone: see parallel.py.
"""

import json
import math
from collections.abc import Collection, Sequence
from typing import Any

from tools.page.axis import FEW, Axis, axis_of, in_order
from tools.page.charts import (
    ACCURACY,
    BLUE,
    GOOD,
    INK,
    LOSS,
    ORANGE,
    Chart,
    Spec,
    ends,
    panel,
    quantitative,
    spread,
    tooltip,
)
from tools.page.content import Trial

_GRID_SHARE = 0.75  # of the combinations must be there to call a sweep a grid
_MOST_ROWS = 12  # of a heat map; across and panels are at most FEW
_CROWD = 4 * FEW  # points from which on they are no line
_CELL = 48  # pixels across


def sweep(trials: Sequence[Trial], logarithmic: Collection[str] | None) -> Chart | None:
    """Return the chart of the complete trials' losses; None where none suits their params.

    Args:
        trials: two at least are complete.
        logarithmic: the params whose axes are; None: as their values suggest.
    """
    shown = [each for each in trials if each.state == "complete" and each.val_loss is not None]
    values = {name: in_order([each.params[name] for each in shown]) for name in shown[0].params}
    if len(values) == 1:
        (name,) = values
        log = None if logarithmic is None else name in logarithmic
        return _curve(shown, axis_of(name, values[name], log=log))
    # The param with the fewest values has a panel for each, the one with the most lies across.
    names = sorted(values, key=lambda name: len(values[name]))
    sizes = [len(values[name]) for name in names]
    points = {tuple(each.params.values()) for each in shown}
    is_grid = len(shown) == len(points) >= _GRID_SHARE * math.prod(sizes)
    is_small = sizes[-1] <= FEW and sizes[-2] <= _MOST_ROWS
    if len(names) in (2, 3) and is_grid and is_small:
        return _heat_maps(shown, values, names)
    return None


def _curve(shown: Sequence[Trial], axis: Axis) -> Chart:
    panels = {}
    for title, name in ((LOSS, "val_loss"), (ACCURACY, "val_accuracy")):
        rows = [
            {"place": round(axis.places[each.params[axis.name]], 4), "about": each.about}
            | {"value": value}
            | ends(value, getattr(each, f"{name}_sd"))
            for each in shown
            if (value := getattr(each, name)) is not None
        ]
        if rows:
            panels[title.capitalize()] = _curve_panel(rows, axis)
    text = f"Over {axis.name}"
    if any(each.val_loss_sd for each in shown):
        text += ", the mean over seeds and a bar of one standard deviation"
    return Chart("sweep", f"{text}.", panels, 340)


def _curve_panel(rows: list[dict[str, Any]], axis: Axis) -> Spec:
    places, names = [round(place, 4) for place in axis.ticks.values()], list(axis.ticks)
    x = quantitative("place", axis.name, domain=[-0.03, 1.03], nice=False)
    x["axis"] = {
        "values": places,
        "labelExpr": f"{json.dumps(names)}[indexof({places}, datum.value)]",
        "grid": False,
    }
    y = quantitative("value", None, zero=False)
    mark = {"type": "line", "color": BLUE}
    return panel(
        rows,
        height=220,
        layer=[
            spread(x, y),
            *([{"mark": mark, "encoding": {"x": x, "y": y}}] if len(rows) <= _CROWD else []),
            {
                "mark": {"type": "point", "filled": True, "size": 45, "color": BLUE, "opacity": 1},
                "encoding": {"x": x, "y": y, "tooltip": tooltip()},
            },
        ],
    )


def _heat_maps(shown: Sequence[Trial], values: dict[str, list[Any]], names: Sequence[str]) -> Chart:
    *facet, down, across = names
    losses = sorted(each.val_loss or 0.0 for each in shown)
    # One bad run does not fade the rest: the worst fifth is as pale as the best of them.
    best, worst = losses[0], losses[math.ceil(0.8 * (len(losses) - 1))]
    rows: dict[str, list[dict[str, Any]]] = {}
    for trial in shown:
        heading = f"{facet[0]} {_name(trial.params[facet[0]])}" if facet else ""
        loss = trial.val_loss or 0.0
        share = (worst - loss) / (worst - best) if worst > best else 1.0
        row = {
            "across": _name(trial.params[across]),
            "down": _name(trial.params[down]),
            "loss": f"{loss:.3f}",
            "opacity": round(0.05 + 0.63 * max(0.0, share) ** 1.5, 3),  # spreads the good ones
            "best": loss == best,
            "about": trial.about,
        }
        rows.setdefault(heading, []).append(row)
    sides = [(name, [_name(value) for value in values[name]]) for name in (across, down)]
    headings = [f"{facet[0]} {_name(value)}" for value in values[facet[0]]] if facet else [""]
    text = f"{LOSS.capitalize()}: the stronger the colour the better, the best framed"
    missing = math.prod(map(len, values.values())) - len(shown)
    text += "; an empty cell was not run." if missing else "."
    panels = {each: _heat_map(rows.get(each, []), *sides) for each in headings}
    return Chart("sweep", text, panels, _CELL * len(values[across]) + 40)


def _name(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _heat_map(
    rows: list[dict[str, Any]], across: tuple[str, list[str]], down: tuple[str, list[str]]
) -> Spec:
    axis = {"grid": False, "ticks": False, "domain": False, "labelAngle": 0}
    places = (("x", "across", *across), ("y", "down", down[0], down[1][::-1]))
    cells = {
        channel: {
            "field": field,
            "type": "nominal",
            "title": name,
            "scale": {"domain": names, "padding": 0.04},
            "axis": axis,
        }
        for channel, field, name, names in places
    }
    opacity = {"field": "opacity", "type": "quantitative", "scale": None, "legend": None}
    is_best = {"transform": [{"filter": "datum.best"}]}
    return panel(
        rows,
        height={"step": 40},
        encoding=cells,
        layer=[
            {
                "mark": {"type": "rect", "color": GOOD},
                "encoding": {"fillOpacity": opacity, "tooltip": tooltip()},
            },
            {
                "mark": {"type": "text", "color": INK, "fontSize": 11, "tooltip": None},
                "encoding": {"text": {"field": "loss", "type": "nominal"}},
            },
            is_best
            | {"mark": {"type": "rect", "filled": False, "stroke": ORANGE, "strokeWidth": 3}},
        ],
    )
