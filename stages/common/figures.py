"""A canvas for figures: how text, lines and pictures look, and how they are drawn and saved.

matplotlib's Agg renderer draws on it. matplotlib's own figures, axes and ticks do more than these
figures need, and take three times as long. Colours are Okabe and Ito's (2008), which people with
any colour vision tell apart.
"""

import io
import math
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import PIL.Image
from matplotlib import font_manager, get_cachedir, rcParams, rcParamsDefault
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.transforms import Affine2D

from stages.common.files import write_bytes

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#6e6e6e"
# Scales: colours for evenly spaced values. Blue speaks against a class, orange for it.
EVIDENCE = ("#00344f", BLUE, "#ffffff", ORANGE, "#6b2f00")
SHARES = ("#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b")

# The first comes with matplotlib; it has Latin, Greek, Cyrillic, Hebrew and Arabic. The others, of
# Linux distributions, macOS and Windows, have what it lacks.
_FONTS = (
    "DejaVu Sans",
    *(f"Noto Sans {script}" for script in ("CJK JP", "CJK SC", "CJK KR", "JP", "SC", "KR")),
    *(f"Noto Sans {script}" for script in ("Devanagari", "Bengali", "Tamil", "Thai", "Ethiopic")),
    *("WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "IPAexGothic", "NanumGothic", "Unifont"),
    *("Noto Sans Symbols2", "Noto Emoji", "Symbola", "FreeSans"),
    *("Arial Unicode MS", "Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Nirmala UI", "Segoe UI Symbol"),
)
_INSTALLED = set(font_manager.fontManager.get_font_names())
_FAMILIES = [font for font in _FONTS if font in _INSTALLED]
# A user's matplotlibrc changes no figure. (To ask for the backend would import pyplot.)
rcParams.update({key: rcParamsDefault[key] for key in rcParamsDefault if key != "backend"})

_DPI = 144
_COMPRESSION = 3  # of zlib, 0 to 9: 6 takes a third longer, for files 8% smaller

Values = Sequence[float] | np.ndarray


class Canvas:
    """White paper to draw on. Places are in inches from its top left, other sizes in points."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._agg = RendererAgg(width * _DPI, height * _DPI, _DPI)
        self._to_pixels = Affine2D().scale(_DPI, -_DPI).translate(0, self._agg.height)
        self.box(0, 0, width, height, "white")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9,
        colour: str = "black",
        align: Literal["left", "center", "right"] = "left",
        level: Literal["base", "middle", "top"] = "base",
        angle: float = 0,
        bold: bool = False,
    ) -> None:
        """Write one line; its point (`align`, `level`) is at (x, y), turned counterclockwise."""
        font = _font(size, bold=bold)
        # By capitals, 0.73 of the size, so that words beside each other are level.
        above = {"base": 0, "middle": 0.365, "top": 0.73}[level] * size * _DPI / 72
        turn = math.radians(angle)
        with _quiet_about_glyphs():
            width = self._agg.get_text_width_height_descent(text, font, False)[0]
            along = {"left": 0, "center": width / 2, "right": width}[align]
            left = x * _DPI - along * math.cos(turn) + above * math.sin(turn)
            base = y * _DPI + along * math.sin(turn) + above * math.cos(turn)
            self._agg.draw_text(_style(colour), left, base, text, font, angle)

    def line(
        self, xs: Values, ys: Values, colour: str, *, width: float = 0.8, dashed: bool = False
    ) -> None:
        """Draw straight lines from point to point."""
        style = _style(colour, width)
        if dashed:
            style.set_dashes(0, [4, 2])
        self._agg.draw_path(style, Outline(np.column_stack([xs, ys])), self._to_pixels)

    def dots(self, xs: Values, ys: Values, colour: str) -> None:
        """Draw a dot at each point."""
        dot, size = Outline.unit_circle(), Affine2D().scale(2 * _DPI / 72)
        points = Outline(np.column_stack([xs, ys]))
        self._agg.draw_markers(_style(colour), dot, size, points, self._to_pixels, to_rgb(colour))

    def box(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        shape = Affine2D().scale(width, height).translate(left, top) + self._to_pixels
        self._agg.draw_path(_style(colour), Outline.unit_rectangle(), shape, to_rgb(colour))

    def image(
        self, pixels: np.ndarray, left: float, top: float, width: float, height: float
    ) -> None:
        """Stretch pixels [H, W, RGB] or [H, W, RGBA] uint8 over a rectangle."""
        size = (round(width * _DPI), round(height * _DPI))
        shrinks = size[0] < pixels.shape[1]
        how = PIL.Image.Resampling.BOX if shrinks else PIL.Image.Resampling.NEAREST
        image = PIL.Image.fromarray(pixels).convert("RGBA").resize(size, how)
        bottom = self._agg.height - round(top * _DPI) - size[1]
        upward = np.asarray(image)[::-1]
        self._agg.draw_image(_style("black"), round(left * _DPI), bottom, upward)

    def picture(self, pixels: np.ndarray, left: float, top: float, side: float) -> None:
        """Draw an image as large as it fits in the middle of a square; see `paint`."""
        size = pixels.shape[:2]
        height, width = (side * length / max(size) for length in size)
        self.image(pixels, left + (side - width) / 2, top + (side - height) / 2, width, height)

    def png(self) -> bytes:
        """Return the figure as PNG, the same bytes each time for the same figure."""
        # Without alpha the file is smaller, and made in less time.
        pixels = PIL.Image.fromarray(np.asarray(self._agg.buffer_rgba())).convert("RGB")
        file = io.BytesIO()
        pixels.save(file, "png", dpi=(_DPI, _DPI), compress_level=_COMPRESSION)
        return file.getvalue()

    def save(self, path: Path) -> None:
        """Write the figure as PNG."""
        write_bytes(path, self.png())


@cache
def _font(size: float, *, bold: bool = False) -> FontProperties:
    return FontProperties(family=_FAMILIES, size=size, weight="bold" if bold else "normal")


def _style(colour: str, width: float = 0) -> GraphicsContextBase:
    style = GraphicsContextBase()
    style.set_foreground(colour)
    style.set_linewidth(width)
    return style


def paint(values: np.ndarray, scale: Sequence[str], limits: tuple[float, float]) -> np.ndarray:
    """Return the colours [..., RGB] uint8 of values [...]; the scale lies between the limits."""
    stops = np.linspace(*limits, len(scale))
    channels = np.transpose([to_rgb(colour) for colour in scale])
    painted = [np.interp(values, stops, channel) for channel in channels]
    return np.rint(255 * np.stack(painted, axis=-1)).astype(np.uint8)


def text_width(text: str, size: float) -> float:
    """Return the width in inches of a text of `size` points."""
    font = _font(size)
    with _quiet_about_glyphs():
        return RendererAgg(1, 1, 72).get_text_width_height_descent(text, font, False)[0] / 72


def short_name(name: str, length: int) -> str:
    """Return a class name in at most `length` characters: its start and its end."""
    if len(name) <= length:
        return name
    start = length // 2
    return f"{name[:start]}…{name[start + 1 - length :]}"


@contextmanager
def _quiet_about_glyphs() -> Iterator[None]:
    """Ignore matplotlib's warnings of glyphs; check_fonts has reported what is missing."""
    with warnings.catch_warnings():
        unsupported = "Matplotlib currently does not support"  # scripts that join letters
        warnings.filterwarnings("ignore", message=rf"Glyph \d+|{unsupported}")
        yield


def check_fonts(names: Iterable[str]) -> None:
    """Advise on standard error when no installed font draws a character of `names`."""
    missing = {character for name in names for character in name if character.isprintable()}
    for family in _FAMILIES:
        if missing:
            font = font_manager.get_font(font_manager.findfont(family))
            missing -= set(map(chr, font.get_charmap()))
    if missing:
        some = "".join(sorted(missing)[:8])
        print(
            f"no font here draws {some!r}, so pictures show boxes: install one that does "
            "(Debian, Ubuntu: fonts-noto-cjk, fonts-noto-core) and delete matplotlib's font list, "
            f"{get_cachedir()}/fontlist-*.json",
            file=sys.stderr,
        )
