"""Linear axes, scales of colours and legends on a canvas. Lengths are in inches."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from stages.common.figures import Canvas, Values, paint, text_width


@dataclass(frozen=True)
class Plot:
    """A part of a canvas with linear axes: x from left to right, y from bottom to top."""

    canvas: Canvas
    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]  # the least and the greatest value
    y: tuple[float, float]

    def across(self, values: Values | float) -> Any:
        """Return the distance of x values from the left of the canvas."""
        return np.interp(values, self.x, (self.left, self.left + self.width))

    def down(self, values: Values | float) -> Any:
        """Return the distance of y values from the top of the canvas."""
        return np.interp(values, self.y, (self.top + self.height, self.top))

    def draw_axes(
        self, xlabel: str, ylabel: str, *, whole: bool = False, grid: bool = False
    ) -> None:
        """Draw both axes; without `xlabel` x has bare ticks; `whole` x ticks are whole numbers."""
        canvas, left = self.canvas, self.left
        right, bottom = left + self.width, self.top + self.height
        for label, value in ticks_within(self.y, 2 if self.height < 1 else 6):
            y = self.down(value)
            if grid:
                canvas.line([left, right], [y, y], "#dddddd")
            canvas.line([left - 0.05, left], [y, y], "black")
            canvas.text(left - 0.09, y, label, align="right", level="middle")
        for label, value in ticks_within(self.x, 6, whole=whole):
            x = self.across(value)
            canvas.line([x, x], [bottom, bottom + 0.05], "black")
            if xlabel:
                canvas.text(x, bottom + 0.09, label, align="center", level="top")
        canvas.line([left, left, right], [self.top, bottom, bottom], "black")
        canvas.text(left + self.width / 2, bottom + 0.38, xlabel, align="center")
        canvas.text(left - 0.6, self.top + self.height / 2, ylabel, align="center", angle=90)


@dataclass(frozen=True)
class Scale:
    """What colours mean."""

    colours: Sequence[str]
    limits: tuple[float, float]
    ticks: Sequence[tuple[str, float]]
    label: str

    def draw(self, canvas: Canvas, left: float, top: float, height: float) -> None:
        """Draw it as a bar with labels, 0.8 wide in all."""
        low, high = self.limits
        values = np.linspace(high, low, 256)[:, np.newaxis]
        canvas.image(paint(values, self.colours, self.limits), left, top, 0.12, height)
        for text, value in self.ticks:
            y = top + height * (high - value) / (high - low)
            canvas.line([left + 0.12, left + 0.16], [y, y], "black")
            canvas.text(left + 0.2, y, text, level="middle")
        canvas.text(left + 0.74, top + height / 2, self.label, align="center", angle=90)


def span_of(values: Sequence[float]) -> tuple[float, float]:
    """Return the limits of an axis that shows `values` and a little more."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 0.5 * abs(low) or 0.5
    return low - room, high + room


def ticks_within(
    limits: tuple[float, float], most: int, *, whole: bool = False
) -> list[tuple[str, float]]:
    """Return round values within the limits, each with its text."""
    low, high = limits
    locator = MaxNLocator(most, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=1)
    slack = 1e-9 * (high - low)
    ticks = locator.tick_values(low, high)
    values = [tick for tick in ticks if low - slack <= tick <= high + slack]
    step = values[1] - values[0] if len(values) > 1 else 1
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    style = f",.{decimals}f" if decimals <= 4 and high < 1e5 else ".3g"
    texts = [f"{round(value, decimals) + 0:{style}}" for value in values]
    return [
        (text.replace("-", "\N{MINUS SIGN}"), value)
        for text, value in zip(texts, values, strict=True)
    ]


def draw_legend(
    canvas: Canvas, left: float, base: float, entries: Sequence[tuple[str, str]]
) -> None:
    """Write names in a row, each behind a line of its colour."""
    for name, colour in entries:
        canvas.line([left, left + 0.25], [base - 0.05] * 2, colour, width=2)
        canvas.text(left + 0.32, base, name)
        left += 0.55 + text_width(name, 9)
