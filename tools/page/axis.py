"""An axis for the values of one param: where each of them lies, and the marks beside it.

A place on an axis is a number from 0 to 1.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

FEW = 8  # values up to which each has a place and a mark of its own, in order
_LOG_RATIO = 4  # from this ratio of the largest value to the median an axis is logarithmic
_ZERO_GAP = 0.08  # of a logarithmic axis lies between 0 and the smallest other value


@dataclass(frozen=True)
class Axis:
    """Where values lie on an axis."""

    name: str
    places: Mapping[Any, float]  # by value, in order
    ticks: Mapping[str, float]  # by text
    scale: Literal["even", "linear", "log"]


def axis_of(name: str, values: Sequence[Any], *, log: bool | None = None) -> Axis:
    """Return an axis that has room for all values.

    Few values, and words, are spaced evenly; many numbers lie to scale.

    Args:
        name: of the param.
        values: in any order, the same one any number of times.
        log: whether a scale is logarithmic; None: when most values are far below the largest.
    """
    different = in_order(values)
    if len(different) > FEW and _is_number(different[-1]):
        if log is None:
            largest, median = different[-1], statistics.median(different)
            log = different[0] >= 0 and largest >= _LOG_RATIO * median
        return _log_axis(name, different) if log else linear_axis(name, different)
    last = len(different) - 1
    places = {value: at / last if last else 0.5 for at, value in enumerate(different)}
    named = different[:: math.ceil(len(different) / FEW)]
    return Axis(name, places, {_text(value): places[value] for value in named}, "even")


def in_order(values: Sequence[Any]) -> list[Any]:
    """Return the different values, numbers before words, such as the "-" of a param that lacks."""
    return sorted(set(values), key=lambda value: (not _is_number(value), value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def linear_axis(name: str, values: Sequence[float]) -> Axis:
    """Return an axis on which all values lie to scale."""
    low, high = min(values), max(values)
    if low == high:
        return axis_of(name, values)

    def place(value: float) -> float:
        return (value - low) / (high - low)

    return _to_scale(name, values, place, _round_numbers(low, high), "linear")


def _log_axis(name: str, values: Sequence[float]) -> Axis:
    """Return a logarithmic axis; a 0 lies below all others, at a distance that is not to scale."""
    positive = [value for value in values if value > 0]
    bottom = _ZERO_GAP if values[0] == 0 else 0.0
    low, high = math.log10(positive[0]), math.log10(positive[-1])

    def place(value: float) -> float:
        if value == 0:
            return 0.0
        return bottom + (1 - bottom) * (math.log10(value) - low) / (high - low)

    decades = range(math.floor(low), math.ceil(high) + 1)
    marks = [step * 10.0**decade for decade in decades for step in (1, 2, 5)]
    marks = [mark for mark in marks if positive[0] <= mark <= positive[-1]]
    if len(marks) > FEW:
        marks = [mark for mark in marks if f"{mark:e}".startswith("1.")]
        marks = marks[:: math.ceil(len(marks) / FEW)]
    if len(marks) < 2:
        marks = _round_numbers(positive[0], positive[-1])
    return _to_scale(name, values, place, ([0.0] if bottom else []) + marks, "log")


def _round_numbers(low: float, high: float) -> list[float]:
    """Return a few round numbers from low to high."""
    step = 10.0 ** math.floor(math.log10((high - low) / 2))
    step *= next(times for times in (1, 2, 5, 10) if (high - low) / (step * times) <= 5)
    marks = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [round(mark * step, 10) for mark in marks]


def _to_scale(
    name: str,
    values: Sequence[float],
    place: Callable[[float], float],
    marks: Sequence[float],
    scale: Literal["linear", "log"],
) -> Axis:
    places = {value: place(value) for value in values}
    return Axis(name, places, {_text(mark): place(mark) for mark in marks}, scale)


def _text(value: Any) -> str:
    return f"{value:g}" if _is_number(value) else str(value)
