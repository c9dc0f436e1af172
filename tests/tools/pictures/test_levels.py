"""Tests of tools/pictures/levels.py."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tools.pictures.reading import read_picture

RAMP = np.linspace(0, 1, 12).reshape(3, 4)  # from black to white


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("kind", ["png", "tif", "pgm", "white-is-zero.tif"])
def test_the_bits_in_use_are_scaled_to_eight_and_said(bits: int, kind: str, tmp_path: Path) -> None:
    """A ramp in 8, 10 or 12 of 16 bits is the ramp, with a note; in all 16 there is no note."""
    values = np.rint(RAMP * ((1 << bits) - 1)).astype(np.uint16)
    path = tmp_path / f"ramp.{kind}"
    inverted = kind.startswith("white")
    more: dict[str, Any] = {"tiffinfo": {262: 0}} if inverted else {}
    Image.fromarray(values).save(path, **more)
    picture = read_picture(path)
    wanted = 1 - RAMP if inverted else RAMP
    np.testing.assert_allclose(np.asarray(picture.image), 255 * wanted, atol=0.7)
    said = f"no value is above {(1 << bits) - 1:,}: read as {bits} bits, not 16"
    assert picture.notes == (() if bits == 16 else (said,))


def test_a_pixel_of_16_bits_is_transparent_only_where_it_is_the_colour_itself(
    tmp_path: Path,
) -> None:
    """Levels that 8 bits cannot tell from the transparent one stay visible."""
    values = np.array([[30_000, 30_001, 65_535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "clear.png", transparency=30_000)
    picture = read_picture(tmp_path / "clear.png").image
    assert np.asarray(picture)[0, :, 3].tolist() == [0, 255, 255]


def test_an_alpha_that_hides_nothing_is_dropped(tmp_path: Path) -> None:
    """A picture with a full alpha is what it is without one."""
    Image.new("RGBA", (2, 2), (9, 9, 9, 255)).save(tmp_path / "full.png")
    assert read_picture(tmp_path / "full.png").image.mode == "RGB"
