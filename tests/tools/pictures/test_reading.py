"""Tests of tools/pictures/reading.py, on picture files of many kinds."""

import io
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.common.errors import DataError
from tests.support.pictures import block, write_odd_pictures
from tests.support.users import ordinary_user
from tools.pictures.reading import read_picture


def level(picture: Image.Image, place: tuple[int, int]) -> int:
    """Return the grey level of a pixel."""
    grey = picture.convert("L").getpixel(place)
    assert isinstance(grey, int)
    return grey


PLAIN = (
    *("rotated.jpg", "animated.gif", "cmyk.jpg"),
    *("16-bit.png", "16-bit.tif", "16-bit.pgm", "12-bit.png", "white-is-zero.tif"),
)


def test_each_kind_of_picture_is_read_as_people_see_it(tmp_path: Path) -> None:
    """EXIF turns, 16 bits, palettes, CMYK, the first frame and transparency are what they show."""
    refused = write_odd_pictures(tmp_path / "odd")
    for name in PLAIN:
        picture = read_picture(tmp_path / "odd" / name).image
        assert picture.size == (100, 80), name
        assert abs(level(picture, (50, 40)) - 40) <= 2, name
        assert abs(level(picture, (5, 5)) - 250) <= 2, name
    for name in ("transparent.png", "16-bit-clear.png"):
        clear = read_picture(tmp_path / "odd" / name).image
        assert clear.mode == "RGBA"
        assert clear.getpixel((5, 5))[3] == 0  # type: ignore[index]
        assert clear.getpixel((50, 40))[3] == 255  # type: ignore[index]
    assert read_picture(tmp_path / "odd/one-pixel.png").image.size == (1, 1)
    for name, reason in refused.items():
        with pytest.raises(DataError, match=f"^{reason}[^\n]*$"):
            read_picture(tmp_path / "odd" / name)


def test_a_large_jpeg_is_decoded_small_and_stays_the_same_picture(tmp_path: Path) -> None:
    """A JPEG keeps at least the pixels that are asked for, and its content."""
    block().resize((1600, 1280)).save(tmp_path / "large.jpg", quality=95)
    small = read_picture(tmp_path / "large.jpg", side=300).image
    assert small.size == (400, 320)
    whole = read_picture(tmp_path / "large.jpg").image.resize((400, 320), Image.Resampling.BOX)
    difference = np.asarray(small, np.int16) - np.asarray(whole)
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP", "ICO", "PPM"])
def test_damage_is_one_line_whatever_it_hits(kind: str, tmp_path: Path) -> None:
    """A file cut short or with bytes overwritten is read or refused in one line, and no more."""
    file = io.BytesIO()
    block().save(file, kind)
    content = file.getvalue()
    random = np.random.default_rng(0)
    path = tmp_path / "damaged"
    for _ in range(40):
        damaged = bytearray(content[: random.integers(1, len(content) + 1)])
        for place in random.integers(0, len(damaged), 3):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        assert "\n" not in outcome(path)


def outcome(path: Path) -> str:
    """Return a picture's mode, or the reason why it is refused."""
    try:
        return read_picture(path).image.mode
    except DataError as problem:
        return str(problem)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    """A missing file, a folder and a named pipe are one line each."""
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path, "not a regular file"),
        (tmp_path / "nowhere", "there is no such file"),
        (tmp_path / "*.png", "there is no such file; patterns are not expanded, name the folder"),
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        with pytest.raises(DataError, match=f"^{reason}$"):
            read_picture(path)


def test_what_the_system_refuses_is_not_damage() -> None:
    """A picture without read permission is refused with the system's reason."""
    with ordinary_user(), tempfile.TemporaryDirectory() as folder:  # tmp_path is closed to others
        path = Path(folder, "closed.png")
        block().save(path)
        path.chmod(0)
        with pytest.raises(DataError, match=r"^Permission denied$"):
            read_picture(path)


def test_a_fault_of_the_program_is_not_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Pillow that lacks what is used here, as an old one from PYTHONPATH does, is not hidden."""
    block().save(tmp_path / "one.png")
    monkeypatch.delattr(Image.Image, "has_transparency_data")
    with pytest.raises(AttributeError, match="has_transparency_data"):
        read_picture(tmp_path / "one.png")
