"""How every picture looks, and how it is drawn and saved.

matplotlib's Agg backend without pyplot, which takes a second to import. Colours are Okabe and
Ito's (2008), which people with any colour vision tell apart.
"""

import io
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import font_manager, get_cachedir
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text

from stages.common.files import write_bytes

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#6e6e6e"
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}
_DPI = 144
_FONT = "DejaVu Sans"  # comes with matplotlib; has Latin, Greek, Cyrillic, Hebrew and Arabic
# For other scripts, where one is installed: what Linux distributions, macOS and Windows have.
_FALLBACKS = (
    *(f"Noto Sans {script}" for script in ("CJK JP", "CJK SC", "CJK KR", "JP", "SC", "KR")),
    *(f"Noto Sans {script}" for script in ("Devanagari", "Bengali", "Tamil", "Thai", "Ethiopic")),
    *("WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "IPAexGothic", "NanumGothic", "Unifont"),
    *("Noto Sans Symbols2", "Noto Emoji", "Symbola", "FreeSans"),
    *("Arial Unicode MS", "Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Nirmala UI", "Segoe UI Symbol"),
)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, its size in inches, that makes room for its labels.

    Draw on it inside `rc_context(STYLE)`.
    """
    return Figure(figsize=(width, height), dpi=_DPI, layout="constrained")


def placed_figure(
    width: float, height: float, *, left: float, right: float, top: float, bottom: float
) -> Figure:
    """Return an empty figure with margins, all in inches.

    It is for labels of known size, and takes half the time of new_figure.
    """
    figure = Figure(figsize=(width, height), dpi=_DPI)
    figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    return figure


def picture_canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure and axes that cover it, with coordinates in inches from the top left.

    Many pictures on one pair of axes are drawn much faster than on axes of their own.
    """
    figure = Figure(figsize=(width, height), dpi=_DPI)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def put_picture(
    axes: Axes, image: np.ndarray, left: float, top: float, side: float, **colours: Any
) -> AxesImage:
    """Draw an image [H, W] or [H, W, RGBA] on a picture_canvas, in a square of `side` inches."""
    size = image.shape[:2]
    height, width = (side * pixels / max(size) for pixels in size)
    left, top = left + (side - width) / 2, top + (side - height) / 2
    return axes.imshow(image, extent=(left, left + width, top + height, top), **colours)


def brief(name: str, length: int) -> str:
    """Return a class name, cut to `length` characters."""
    return name if len(name) <= length else f"{name[: length - 1]}…"


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG."""
    write_bytes(path, png(figure))


def png(figure: Figure) -> bytes:
    """Return a figure as PNG, the same bytes each time for the same figure."""
    _show_names_as_they_are(figure)
    file = io.BytesIO()
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        # _choose_fonts has told about missing glyphs; the other is of scripts that join letters.
        warnings.filterwarnings(
            "ignore", message=r"Glyph \d+|Matplotlib currently does not support"
        )
        if engine := figure.get_layout_engine():
            # Long tick labels settle in the second pass; savefig would make more.
            for _ in range(2):
                engine.execute(figure)
            figure.set_layout_engine("none")
        canvas.print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return file.getvalue()


def _show_names_as_they_are(figure: Figure) -> None:
    """Draw `$` as a dollar sign and each script in a font that has it: class names hold both."""
    texts = [each for each in figure.findobj(Text) if isinstance(each, Text)]
    characters = {character for text in texts for character in text.get_text()}
    fonts = _choose_fonts({each for each in characters if each.isprintable()})
    for text in texts:
        text.set_parse_math(False)
        text.set_fontfamily(fonts)


def _choose_fonts(characters: set[str]) -> list[str]:
    """Return the font families that draw `characters`; advise on standard error if some lack."""
    fonts, missing = [_FONT], characters - _drawn_by(_FONT)
    for family in _FALLBACKS:
        if missing and missing & _drawn_by(family):
            fonts.append(family)
            missing -= _drawn_by(family)
    if missing:
        some = "".join(sorted(missing)[:8])
        print(
            f"no font here draws {some!r}, so pictures show boxes: install one that does "
            "(Debian, Ubuntu: fonts-noto-cjk, fonts-noto-core) and delete matplotlib's font list, "
            f"{get_cachedir()}/fontlist-*.json",
            file=sys.stderr,
        )
    return fonts


def _drawn_by(family: str) -> set[str]:
    """Return the characters of an installed font family, none when it is not installed."""
    fonts = font_manager.fontManager
    if family not in fonts.get_font_names():
        return set()
    return set(map(chr, font_manager.get_font(fonts.findfont(family)).get_charmap()))
