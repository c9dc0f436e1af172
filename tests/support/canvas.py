"""A canvas that remembers what is drawn on it, and how a person reads it."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stages.common.figures import Canvas, Values, text_width


@dataclass(frozen=True)
class Written:
    """A text on a canvas."""

    text: str
    x: float
    y: float
    angle: float
    box: tuple[float, float, float, float]  # left, top, right, bottom of its letters, in inches


@dataclass(frozen=True)
class Drawn:
    """A line, dots, a box or an image on a canvas."""

    xs: list[float]  # of a box and an image: left and right
    ys: list[float]  # of a box and an image: top and bottom
    colour: str = ""
    pixels: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8))


class Recorder(Canvas):
    """A canvas that draws, and keeps a list of what it drew."""

    def __init__(self, width: float, height: float) -> None:
        self.texts: list[Written] = []
        self.lines: list[Drawn] = []
        self.points: list[Drawn] = []
        self.boxes: list[Drawn] = []
        self.images: list[Drawn] = []
        super().__init__(width, height)

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        super().text(x, y, text, **style)
        size, angle = style.get("size", 9), style.get("angle", 0)
        width, height = text_width(text, size), 0.73 * size / 72
        along = {"left": 0, "center": width / 2, "right": width}[style.get("align", "left")]
        above = {"base": 0, "middle": height / 2, "top": height}[style.get("level", "base")]
        across, up = (-along, width - along), (above, above - height)
        turn = math.radians(angle)
        corners = [(a * math.cos(turn) + u * math.sin(turn)) for a in across for u in up]
        downs = [(u * math.cos(turn) - a * math.sin(turn)) for a in across for u in up]
        box = (x + min(corners), y + min(downs), x + max(corners), y + max(downs))
        self.texts.append(Written(text, x, y, angle, box))

    def line(self, xs: Values, ys: Values, colour: str, **style: Any) -> None:
        super().line(xs, ys, colour, **style)
        self.lines.append(Drawn(np.asarray(xs).tolist(), np.asarray(ys).tolist(), colour))

    def dots(self, xs: Values, ys: Values, colour: str) -> None:
        super().dots(xs, ys, colour)
        self.points.append(Drawn(np.asarray(xs).tolist(), np.asarray(ys).tolist(), colour))

    def box(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        super().box(left, top, width, height, colour)
        self.boxes.append(Drawn([left, left + width], [top, top + height], colour))

    def image(
        self, pixels: np.ndarray, left: float, top: float, width: float, height: float
    ) -> None:
        super().image(pixels, left, top, width, height)
        self.images.append(Drawn([left, left + width], [top, top + height], pixels=pixels))


def read_axis(
    canvas: Recorder, axis: str, *, near: float, within: tuple[float, float] = (0, np.inf)
) -> np.poly1d:
    """Return the function of places to values that the tick labels of an axis give.

    Args:
        canvas: with a plot on it.
        axis: "x" or "y".
        near: the place of the labels on the other axis.
        within: the part of the canvas along the axis.
    """
    other = "y" if axis == "x" else "x"
    labels = [
        (getattr(each, axis), float(each.text.replace(",", "").replace("\N{MINUS SIGN}", "-")))
        for each in canvas.texts
        if abs(getattr(each, other) - near) < 1e-6 and within[0] < getattr(each, axis) < within[1]
    ]
    places, values = np.transpose(labels)
    return np.poly1d(np.polyfit(places, values, 1))
