"""Linear axes: where values are, and which ticks they have."""

import numpy as np
import pytest

from stages.common.axes import Plot, draw_legend, span_of, ticks_within
from stages.common.figures import BLUE, ORANGE, text_width
from tests.support.canvas import Recorder, read_axis

TICKS = {
    "shares": ((0, 1), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    "a loss": ((0.4833, 0.8111), ["0.5", "0.6", "0.7", "0.8"]),
    "close values": ((0.7401, 0.7419), ["0.7405", "0.7410", "0.7415"]),
    "weights": ((-0.43, 0.43), ["\N{MINUS SIGN}0.4", "\N{MINUS SIGN}0.2", "0.0", "0.2", "0.4"]),
    "counts": ((0, 9876), ["0", "2,000", "4,000", "6,000", "8,000"]),
    "a great loss": ((0, 2.1e6), ["0", "5e+05", "1e+06", "1.5e+06", "2e+06"]),
    "a small loss": ((0, 1.6e-7), ["0", "5e-08", "1e-07", "1.5e-07"]),
}


@pytest.mark.parametrize(("limits", "texts"), TICKS.values(), ids=TICKS.keys())
def test_ticks_are_round_values_within_the_limits(
    limits: tuple[float, float], texts: list[str]
) -> None:
    """A tick is a round value, written with the digits that tell it from the next."""
    ticks = ticks_within(limits, 6)
    assert [text.replace("-", "\N{MINUS SIGN}") for text in texts] == [text for text, _ in ticks]
    for text, value in ticks:
        number = float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))
        assert number == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("epochs", "expected"), [(1, ["1"]), (2, ["1", "2"]), (3, ["1", "2", "3"])]
)
def test_whole_ticks_are_whole(epochs: int, expected: list[str]) -> None:
    """The ticks of epochs are whole numbers, however few there are."""
    assert [
        text for text, _ in ticks_within(span_of(range(1, epochs + 1)), 6, whole=True)
    ] == expected


@pytest.mark.parametrize("values", [[1.0, 3.0], [2.0], [0.0], [-5.0, -5.0]])
def test_a_span_holds_the_values_with_room(values: list[float]) -> None:
    """All values are inside the limits of their axis, also when they are equal, or 0."""
    low, high = span_of(values)
    assert low < min(values) <= max(values) < high
    assert high - max(values) == pytest.approx(min(values) - low)


def test_a_value_is_where_the_ticks_say() -> None:
    """The place of a value is that which the labels of both axes give."""
    canvas = Recorder(5, 4)
    plot = Plot(canvas, 1, 0.5, 3, 2, (-10, 30), (0.2, 0.9))
    plot.draw_axes("steps", "share", grid=True)
    x = read_axis(canvas, "x", near=0.5 + 2 + 0.09)
    y = read_axis(canvas, "y", near=1 - 0.09)
    assert x(plot.across([-10, 3, 30])) == pytest.approx([-10, 3, 30])
    assert y(plot.down([0.2, 0.55, 0.9])) == pytest.approx([0.2, 0.55, 0.9])
    assert (plot.across(-10), plot.across(30)) == (1, 4)
    assert (plot.down(0.9), plot.down(0.2)) == (0.5, 2.5)
    assert {"steps", "share"} <= {each.text for each in canvas.texts}


def test_a_legend_names_each_colour_in_a_row() -> None:
    """Each name is right of a line of its colour, and before the next one's."""
    canvas = Recorder(4, 1)
    draw_legend(canvas, 0.1, 0.5, [("training", BLUE), ("validation", ORANGE)])
    assert [(each.text, each.y) for each in canvas.texts] == [
        ("training", 0.5),
        ("validation", 0.5),
    ]
    (first, second), (one, other) = canvas.lines, canvas.texts
    assert (first.colour, second.colour) == (BLUE, ORANGE)
    assert np.all(
        np.diff([*first.xs, one.x, one.x + text_width("training", 9), *second.xs, other.x]) > 0
    )
