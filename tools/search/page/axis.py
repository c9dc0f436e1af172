"""One of the parallel axes: where values lie on it, and its round numbers.

A place on an axis is a number from 0 to 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_FEW = 6  # values up to which each has a place of its own, in order


@dataclass(frozen=True)
class Axis:
    """Where values lie on an axis."""

    name: str
    ticks: Sequence[tuple[str, float]]  # text and place
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    values: Sequence[Any] = ()  # in order, when each has a place of its own

    def place(self, value: Any) -> float:
        """Return where a value lies."""
        if self.values:
            return self.values.index(value) / max(1, len(self.values) - 1)
        at = math.log10(value) if self.log else value
        return (at - self.low) / (self.high - self.low)


def axis_of(name: str, values: Sequence[Any], *, log: bool = False) -> Axis:
    """Return an axis that has room for all values."""
    different = sorted(set(values))
    if len(different) <= _FEW or isinstance(different[0], str):
        last = max(1, len(different) - 1)
        ticks = [(_short(each), at / last) for at, each in enumerate(different)]
        return Axis(name, ticks, values=different)
    low, high = float(different[0]), float(different[-1])
    if log:
        low, high = math.log10(low), math.log10(high)
    axis = Axis(name, (), low, high, log)
    ticks = [(_short(tick), axis.place(tick)) for tick in _round_numbers(low, high, log=log)]
    return Axis(name, ticks, low, high, log)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _round_numbers(low: float, high: float, *, log: bool) -> list[float]:
    """Return a few round numbers from low to high; of a logarithmic axis these are exponents."""
    if log:
        decades = range(math.floor(low), math.ceil(high) + 1)
        steps = (1, 3) if high - low < 3 else (1,)
        numbers = [step * 10.0**decade for decade in decades for step in steps]
        return [number for number in numbers if low <= math.log10(number) <= high]
    step = 10.0 ** math.floor(math.log10((high - low) / 2))
    step *= next(times for times in (1, 2, 5, 10) if (high - low) / (step * times) <= 5)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(step * at, 10) for at in range(first, last + 1)]
