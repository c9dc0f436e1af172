"""Picture files of any kind that Pillow reads, opened as what a stranger sent.

A picture is read upright (EXIF orientation) and with 8 bits a channel: 16-bit grey is divided by
257. Of an animation the first frame is read. Colour profiles are ignored.
"""

import os
import stat
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from stages.common.errors import DataError

# Pillow's own limit, about 89 million: 90 kB of PNG can ask for gigabytes of memory.
MAX_PIXELS = Image.MAX_IMAGE_PIXELS or 0
ENOUGH = 16  # times the longer side of a model's image: a JPEG is decoded no smaller
_16_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_32_BIT = ("I", "F")

warnings.filterwarnings("ignore", module="PIL")  # oddities of files that are read all the same


def read_picture(path: Path, *, side: int | None = None) -> Image.Image:
    """Return the picture in a file, in mode L (grey), RGB or RGBA.

    Args:
        path: the file.
        side: pixels that the shorter side must keep. A JPEG is then decoded at a half, a quarter
            or an eighth of its size where that is enough, which is several times as fast.

    Raises:
        DataError: the file is no picture, is damaged, or holds more than MAX_PIXELS pixels.
    """
    if not stat.S_ISREG(_status(path).st_mode):  # a named pipe would wait for a writer
        raise DataError("not a regular file")
    try:
        with Image.open(path) as image:
            _check(image)
            if side is not None:
                image.draft(None, (side, side))
            return _with_8_bits(ImageOps.exif_transpose(image))
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError("not a picture that Pillow reads; save it as PNG or JPEG") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(f"over {MAX_PIXELS:,} pixels; make it smaller first") from None
    except Exception as problem:  # Pillow's plugins raise whatever their parsers meet
        reason = " ".join(str(problem).split())[:120] or type(problem).__name__
        raise DataError(f"damaged: {reason}") from problem


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:
        raise DataError("there is no such file") from None
    except (OSError, ValueError) as problem:
        raise DataError(getattr(problem, "strerror", None) or str(problem)) from problem


def _check(image: Image.Image) -> None:
    if image.format == "EPS":
        raise DataError("EPS is a program, which Pillow would let Ghostscript run; save it as PNG")
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    if image.mode in _32_BIT:
        raise DataError("32 bits a pixel; save it with 8 or 16")


def _with_8_bits(image: Image.Image) -> Image.Image:
    """Return a picture in mode L, RGB or RGBA."""
    if image.mode in _16_BIT:
        return Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
