"""A canvas: where its marks are, in which colours, and names of any script and sign on it."""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stages.common.figures import (
    BLUE,
    EVIDENCE,
    GREY,
    ORANGE,
    SHARES,
    Canvas,
    check_fonts,
    paint,
    short_name,
    text_width,
)

ODD_NAMES = (r"$\frac$", "a_b^c $5", 'a, "b"', "한국어", "日本語", "العربية", "हिन्दी")
DPI = 144


def pixels_of(canvas: Canvas) -> np.ndarray:
    """Return the pixels [H, W, RGB] of a figure's PNG."""
    with Image.open(BytesIO(canvas.png())) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


def ink_of(canvas: Canvas) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of all that is not white, in inches."""
    rows, columns = np.nonzero((pixels_of(canvas) < 255).any(axis=2))
    edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return tuple(float(edge) / DPI for edge in edges)  # type: ignore[return-value]


def test_the_paper_is_white_and_of_its_size() -> None:
    """A canvas of some inches is a white picture of 144 pixels an inch."""
    pixels = pixels_of(Canvas(1.5, 0.5))
    assert pixels.shape == (72, 216, 3)
    assert pixels.min() == 255


@pytest.mark.parametrize("angle", [0, 90, 180])
@pytest.mark.parametrize(
    ("style", "expected"),
    [  # where the letter is, with its anchor at (1, 1): along its line, and above it
        ({}, (0, 0)),
        ({"align": "center", "level": "middle"}, (-0.5, -0.5)),
        ({"align": "right", "level": "top"}, (-1, -1)),
    ],
)
def test_text_is_where_its_anchor_says(
    style: dict[str, Any], expected: tuple[float, float], angle: float
) -> None:
    """The anchored point of a capital is at (x, y), also when the text is turned about it."""
    canvas = Canvas(2, 2)
    canvas.text(1, 1, "H", size=12, angle=angle, **style)
    left, top, right, bottom = ink_of(canvas)
    middle = complex((left + right) / 2 - 1, 1 - (top + bottom) / 2) * 1j ** -(angle // 90)
    width, height = text_width("H", 12), 0.73 * 12 / 72
    wanted = complex((expected[0] + 0.5) * width, (expected[1] + 0.5) * height)
    assert abs(middle - wanted) < 0.035


def test_bold_text_is_wider() -> None:
    """Bold letters take more ink."""
    inks = []
    for bold in (False, True):
        canvas = Canvas(2, 1)
        canvas.text(0.1, 0.7, "Shirt", size=30, bold=bold)
        inks.append((255 - pixels_of(canvas).astype(int)).sum())
    assert inks[0] * 1.2 < inks[1]


def test_shapes_are_where_they_are_put() -> None:
    """A box, a line and a dot cover what they say, in their colour."""
    box, line, dot = Canvas(2, 1), Canvas(2, 1), Canvas(2, 1)
    box.box(0.25, 0.5, 1, 0.25, BLUE)
    line.line([0.25, 1.25], [0.5, 0.5], BLUE, width=6)
    dot.dots([0.5], [0.75], BLUE)
    assert ink_of(box) == (0.25, 0.5, 1.25, 0.75)
    assert ink_of(line) == pytest.approx((0.25, 0.46, 1.25, 0.54), abs=0.05)
    assert ink_of(dot) == pytest.approx((0.47, 0.72, 0.53, 0.78), abs=0.02)
    for canvas in (box, line, dot):
        pixels = pixels_of(canvas).reshape(-1, 3)
        assert pixels[pixels.sum(axis=1).argmin()].tolist() == [0x00, 0x72, 0xB2]


def test_a_dashed_line_has_gaps() -> None:
    """A dashed line takes less ink than a whole one."""
    inks = []
    for dashed in (False, True):
        canvas = Canvas(2, 1)
        canvas.line([0, 2], [0.5, 0.5], GREY, dashed=dashed)
        inks.append((pixels_of(canvas) < 255).sum())
    assert inks[1] < 0.9 * inks[0]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_an_image_is_enlarged_pixel_by_pixel(mode: str) -> None:
    """Each pixel of a small image is a square of its own colour, the first row on top."""
    image = Image.fromarray(np.array([[0, 50], [100, 150], [200, 250]], np.uint8)).convert(mode)
    canvas = Canvas(1, 1)
    canvas.picture(np.asarray(image), 0, 0, 1)  # 2 x 3 in a square: from 1/6 to 5/6
    pixels = pixels_of(canvas)[..., 0]
    centres = pixels[[24, 72, 120]][:, [48, 96]]
    assert centres.tolist() == [[0, 50], [100, 150], [200, 250]]
    assert (pixels[:, :23] == 255).all()
    assert (pixels[:, 121:] == 255).all()
    assert len(np.unique(pixels[:, 25:119])) == 6


def test_a_large_image_is_averaged() -> None:
    """An image with more pixels than room is averaged: a fine pattern becomes grey."""
    pattern = np.indices((288, 288)).sum(axis=0).astype(np.uint8) % 2 * 255
    canvas = Canvas(1, 1)
    canvas.picture(pattern, 0, 0, 1)
    assert set(np.unique(pixels_of(canvas))) <= {127, 128}


def test_an_image_is_where_it_is_put() -> None:
    """An image covers its rectangle, and a picture the middle of its square."""
    black = np.zeros((2, 4), np.uint8)
    image, picture = Canvas(2, 1), Canvas(2, 1)
    image.image(black, 0.25, 0.125, 1, 0.75)
    picture.picture(black, 0.5, 0, 1)
    assert ink_of(image) == (0.25, 0.125, 1.25, 0.875)
    assert ink_of(picture) == (0.5, 0.25, 1.5, 0.75)


@pytest.mark.parametrize("scale", [EVIDENCE, SHARES])
def test_a_scale_gives_its_colours_at_even_values(scale: tuple[str, ...]) -> None:
    """The limits have the first and the last colour, and what is beyond has them too."""
    values = np.array([-9, *np.linspace(-2, 6, len(scale)), 9])
    painted = paint(values, scale, (-2, 6))
    expected = [scale[0], *scale, scale[-1]]
    assert [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in painted] == expected


def test_evidence_for_and_against_is_told_apart_and_none_is_white() -> None:
    """No weight is white; weights for a class are orange and against it blue."""
    against, none, in_favour = paint(np.array([-0.5, 0, 0.5]), EVIDENCE, (-1, 1)).tolist()
    assert none == [255, 255, 255]
    assert "#{:02x}{:02x}{:02x}".format(*against) == BLUE
    assert "#{:02x}{:02x}{:02x}".format(*in_favour) == ORANGE


def test_names_of_any_script_and_sign_are_drawn() -> None:
    """Names with mathematics, quotes or letters of any script are drawn without a warning."""
    canvas = Canvas(3, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number, name in enumerate(ODD_NAMES):
            canvas.text(0.1, 0.4 * number + 0.4, name)
            assert text_width(name, 9) > 0
    assert np.ptp(pixels_of(canvas)) > 0


def test_a_dollar_sign_is_drawn_as_it_is() -> None:
    """Text between dollar signs, which matplotlib can take for mathematics, is as wide as it is."""
    parts = sum(text_width(character, 90) for character in "$x$")
    assert text_width("$x$", 90) == pytest.approx(parts, rel=0.05)


def test_a_script_without_a_font_is_one_line_of_advice(capsys: pytest.CaptureFixture[str]) -> None:
    """Letters that no installed font has are named on one line, with what to install."""
    check_fonts(["\U000f0000", "plain", "Größe"])  # of private use: nothing to install for it
    assert capsys.readouterr().err == ""
    check_fonts(["plain", "\U00013000"])  # a hieroglyph
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("no font here draws '\U00013000'")
    assert "install" in line


@pytest.mark.parametrize("length", [3, 13, 24])
def test_a_long_name_keeps_its_start_and_its_end(length: int) -> None:
    """A name is cut in its middle, to the length; what fits is as it is."""
    name = "Tomato___Tomato_Yellow_Leaf_Curl_Virus"
    short = short_name(name, length)
    start, end = short.split("…")
    assert len(short) == length
    assert name.startswith(start)
    assert name.endswith(end)
    assert 0 <= len(start) - len(end) <= 1
    assert short_name(name[:length], length) == name[:length]
