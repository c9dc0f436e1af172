"""The params together: a line a trial across an axis a param, as a specification of Vega.

On a wide screen the axes stand side by side, on a narrow one they lie below each other. A drag
along an axis keeps the trials that cross it there; a click on the axis lets all through again.
A place on an axis is a number from 0 to 1.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tools.page.axis import Axis, axis_of, linear_axis
from tools.page.charts import BLUE, FAINT, ORANGE, Chart, Spec, near_the_best
from tools.page.content import Trial

_NARROW = 560  # pixels of width below which the axes lie
_REACH = 16  # pixels beside an axis that a drag may start at


def parallel(trials: Sequence[Trial], logarithmic: Collection[str] | None, one: str) -> Chart:
    """Return the complete trials, the best drawn last; the last axis is the loss.

    A loss that is much worse lies at the end of its axis.

    Args:
        trials: in their order; two at least are complete.
        logarithmic: the params whose axes are; None: as their values suggest.
        one: what a complete trial is called.
    """
    shown = [each for each in trials if each.state == "complete" and each.val_loss is not None]
    shown.sort(key=lambda each: each.val_loss or 0.0)
    shown.reverse()
    columns = {name: [each.params[name] for each in shown] for name in shown[0].params}
    axes = [
        axis_of(name, each, log=None if logarithmic is None else name in logarithmic)
        for name, each in columns.items()
    ]
    losses = [each.val_loss or 0.0 for each in shown]
    _, worst = near_the_best(losses)
    columns["val_loss"] = [min(loss, worst) for loss in losses]
    axes.append(linear_axis("val_loss", columns["val_loss"]))
    rows = [
        {f"p{at}": round(axis.places[columns[axis.name][row]], 4) for at, axis in enumerate(axes)}
        | {"worse": (len(shown) - 1 - row) / (len(shown) - 1), "about": trial.about}
        for row, trial in enumerate(shown)
    ]
    text = (
        f"A line is a {one}, the best orange, the others the bluer the better. "
        "The upper end of val_loss holds all that is worse. "
        "Drag along an axis to keep the lines that cross it there; click it to keep all."
    )
    spec = _Drawing(axes, rows).spec() | {"usermeta": {"axes": [_values(axis) for axis in axes]}}
    return Chart("parallel", text, {"": spec}, 600)


def _values(axis: Axis) -> Spec:
    """Return the values of an axis in order, for those who filter by keyboard."""
    values = sorted(axis.places, key=lambda value: axis.places[value])
    return {
        "name": axis.name,
        "places": [round(axis.places[value], 4) for value in values],
        "texts": [each if isinstance(each, str) else f"{each:.4g}" for each in values],
    }


@dataclass(frozen=True)
class _Drawing:
    """The specification, piece by piece."""

    axes: Sequence[Axis]
    rows: Sequence[dict[str, Any]]

    def spec(self) -> Spec:
        last = len(self.axes) - 1
        ticks = [
            {"axis": at, "place": place, "text": text}
            for at, axis in enumerate(self.axes)
            for text, place in axis.ticks.items()
        ]
        names = [{"axis": at, "text": axis.name} for at, axis in enumerate(self.axes)]
        each = range(len(self.axes))
        chosen = " && ".join(f"(!range{at} || inrange(datum.p{at}, range{at}))" for at in each)
        return {
            "$schema": "https://vega.github.io/schema/vega/v5.json",
            "autosize": "none",
            "padding": {"left": 40, "right": 40, "top": 40, "bottom": 24},
            "signals": [
                {
                    "name": "width",
                    "init": "containerSize()[0] - 80",
                    "on": [{"events": "window:resize", "update": "containerSize()[0] - 80"}],
                },
                {"name": "narrow", "update": f"width < {_NARROW}"},
                {"name": "height", "update": f"narrow ? {66 * last} : 300"},
                {"name": "gap", "update": f"(narrow ? height : width) / {last}"},
                *(signal for at in each for signal in _brush_signals(at)),
            ],
            "data": [
                {"name": "trials", "values": list(self.rows)},
                {
                    "name": "chosen",
                    "source": "trials",
                    "transform": [{"type": "filter", "expr": chosen}],
                },
                {"name": "axes", "values": names},
                {"name": "ticks", "values": ticks},
            ],
            "scales": [
                {
                    "name": "stroke",
                    "type": "quantize",
                    "domain": [0, 1],
                    "range": [BLUE, "var(--series-1-soft)", FAINT],
                }
            ],
            "marks": [
                self._lines(chosen),
                *_axis_marks(),
                *(mark for at in each for mark in _brush_marks(at)),
            ],
        }

    def _lines(self, chosen: str) -> Spec:
        path = " + ' ' + ".join(
            f"'{'L' if at else 'M'}' + {_point(f'{at} * gap', f'datum.p{at}')}"
            for at in range(len(self.axes))
        )
        best = "datum.worse == 0"
        return {
            "type": "path",
            "name": "lines",
            "from": {"data": "trials"},
            "encode": {
                "enter": {"tooltip": {"field": "about"}, "fill": {"value": "none"}},
                "update": {
                    "path": {"signal": path},
                    "stroke": [
                        {"test": best, "value": ORANGE},
                        {"scale": "stroke", "field": "worse"},
                    ],
                    "strokeWidth": {"signal": f"{best} ? 3 : 1.6"},
                    "strokeOpacity": {"signal": f"{chosen} ? 1 : 0.05"},
                },
                "hover": {"strokeWidth": {"value": 4}},
            },
        }


def _point(across: str, place: str) -> str:
    """Return an expression for "x,y": so far across the axes, at a place along one."""
    x = f"(narrow ? ({place}) * width : {across})"
    y = f"(narrow ? {across} : (1 - ({place})) * height)"
    return f"{x} + ',' + {y}"


def _brush_signals(at: int) -> list[Spec]:
    """Return the signals of one axis: where a drag began and is, and the range that it keeps."""
    here = "clamp(narrow ? x() / width : 1 - y() / height, 0, 1)"
    start = {"type": "pointerdown", "markname": f"hit{at}"}
    move = {
        "source": "window",
        "type": "pointermove",
        "consume": True,
        "between": [start, {"source": "window", "type": "pointerup"}],
    }
    brush, ends = f"brush{at}", f"brush{at}[0], brush{at}[1]"
    moved = f"{brush} && abs({brush}[1] - {brush}[0]) > 0.01"
    return [
        {
            "name": brush,
            "value": None,
            "on": [
                {"events": start, "update": f"[{here}, {here}]"},
                {"events": move, "update": f"[{brush}[0], {here}]"},
            ],
        },
        {
            "name": f"range{at}",
            "value": None,
            "on": [
                {
                    "events": {"signal": brush},
                    "update": f"{moved} ? [min({ends}), max({ends})] : null",
                }
            ],
        },
    ]


def _axis_marks() -> list[Spec]:
    """Return the axes, their names and their ticks."""
    line = {
        "x": {"signal": "narrow ? 0 : datum.axis * gap"},
        "x2": {"signal": "narrow ? width : datum.axis * gap"},
        "y": {"signal": "narrow ? datum.axis * gap : 0"},
        "y2": {"signal": "narrow ? datum.axis * gap : height"},
        "stroke": {"value": "var(--soft)"},
    }
    name = {
        "text": {"field": "text"},
        "x": {"signal": "narrow ? 0 : datum.axis * gap"},
        "y": {"signal": "narrow ? datum.axis * gap - 14 : -20"},
        "align": {"signal": "narrow ? 'left' : 'center'"},
        "fontWeight": {"value": "bold"},
        "fontSize": {"value": 13},
    }
    tick = {
        "text": {"field": "text"},
        "x": {"signal": "narrow ? datum.place * width : datum.axis * gap + 6"},
        "y": {"signal": "narrow ? datum.axis * gap + 15 : (1 - datum.place) * height"},
        "align": {"signal": "narrow ? 'center' : 'left'"},
        "baseline": {"signal": "narrow ? 'alphabetic' : 'middle'"},
        "fontSize": {"value": 11},
    }
    return [
        {"type": "rule", "from": {"data": "axes"}, "encode": {"update": line}},
        *_texts("ticks", tick),
        *_texts("axes", name),
    ]


def _texts(data: str, encoding: Spec) -> list[Spec]:
    """Return text above a halo in the colour of the page, so that lines do not hide it."""
    halo = {"stroke": {"value": "var(--card)"}, "strokeWidth": {"value": 4}}
    return [
        {
            "type": "text",
            "interactive": False,
            "from": {"data": data},
            "encode": {"update": encoding | ink},
        }
        for ink in (halo, {"fill": {"value": "var(--ink)"}})
    ]


def _brush_marks(at: int) -> list[Spec]:
    """Return the range that an axis keeps, and the place where a drag may start."""
    low, high = f"range{at} ? range{at}[0] : 0", f"range{at} ? range{at}[1] : 0"
    kept = {
        "x": {"signal": f"narrow ? ({low}) * width : {at} * gap - 7"},
        "x2": {"signal": f"narrow ? ({high}) * width : {at} * gap + 7"},
        "y": {"signal": f"narrow ? {at} * gap - 7 : (1 - ({high})) * height"},
        "y2": {"signal": f"narrow ? {at} * gap + 7 : (1 - ({low})) * height"},
        "fill": {"value": ORANGE},
        "fillOpacity": {"signal": f"range{at} ? 0.35 : 0"},
    }
    hit = {
        "x": {"signal": f"narrow ? 0 : {at} * gap - {_REACH}"},
        "x2": {"signal": f"narrow ? width : {at} * gap + {_REACH}"},
        "y": {"signal": f"narrow ? {at} * gap - {_REACH} : 0"},
        "y2": {"signal": f"narrow ? {at} * gap + {_REACH} : height"},
        "fill": {"value": "transparent"},
        "cursor": {"value": "crosshair"},
    }
    return [
        {"type": "rect", "interactive": False, "encode": {"update": kept}},
        {"type": "rect", "name": f"hit{at}", "encode": {"update": hit}},
    ]
