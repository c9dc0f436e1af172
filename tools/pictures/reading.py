"""Picture files of any kind that Pillow reads, opened as untrusted.

A picture is read upright (EXIF orientation). Of an animation, or of several pages, the first frame
is read. Colour profiles are ignored.
"""

import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from stages.common.errors import DataError
from tools.pictures.levels import check_levels, is_inverted, with_8_bits

# Pillow's own limit, about 89 million: 90 kB of PNG can ask for gigabytes of memory.
MAX_PIXELS = Image.MAX_IMAGE_PIXELS or 0
# Files that people take for pictures or arrays, by how they begin.
_OTHERS = {
    b"\x1f\x8b": "compressed with gzip; decompress it with gunzip",
    b"PK\x03\x04": "a zip archive, as .npz is; unpack it",
}

warnings.filterwarnings("ignore", module="PIL")  # oddities of files that are read all the same


@dataclass(frozen=True)
class Picture:
    """A picture as people see it."""

    image: Image.Image  # in mode L (grey), RGB or RGBA, 8 bits a channel
    notes: tuple[str, ...] = ()  # what was assumed, as the file does not say it


def read_picture(path: Path, *, side: int | None = None) -> Picture:
    """Return the picture in a file.

    Args:
        path: the file.
        side: pixels that the shorter side must keep. A JPEG is then decoded at a half, a quarter
            or an eighth of its size where that is enough, which is several times as fast.

    Raises:
        DataError: the file is not a picture, cannot be read, is damaged, or holds more than
            MAX_PIXELS pixels.
    """
    if not stat.S_ISREG(_status(path).st_mode):  # a named pipe would wait for a writer
        raise DataError("not a regular file")
    try:
        with Image.open(path) as image:
            _check(image)
            inverted = is_inverted(image)
            if side is not None:
                image.draft(None, (side, side))
            upright = ImageOps.exif_transpose(image)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(_what_it_is(path)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(f"over {MAX_PIXELS:,} pixels; make it smaller first") from None
    except MemoryError as problem:
        raise DataError("not enough memory to read it") from problem
    except Exception as problem:  # Pillow's plugins raise whatever their parsers meet
        if isinstance(problem, OSError) and problem.errno is not None:  # the system's, not Pillow's
            raise DataError(problem.strerror) from problem
        reason = " ".join(str(problem).split())[:120] or type(problem).__name__
        raise DataError(f"damaged: {reason}") from problem
    # From here on the file is decoded, so that an exception is a fault of ours.
    return Picture(*with_8_bits(upright, inverted=inverted))


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:
        pattern = set(path.name) & set("*?[")
        advice = "; patterns are not expanded, name the folder" if pattern else ""
        raise DataError(f"there is no such file{advice}") from None
    except (OSError, ValueError) as problem:
        raise DataError(getattr(problem, "strerror", None) or str(problem)) from problem


def _check(image: Image.Image) -> None:
    if image.format == "EPS":
        raise DataError("EPS is a program, which Pillow would let Ghostscript run; save it as PNG")
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    check_levels(image)


def _what_it_is(path: Path) -> str:
    """Return why a file that Pillow does not know is refused."""
    with path.open("rb") as file:
        start = file.read(4)
    known = (text for begin, text in _OTHERS.items() if start.startswith(begin))
    return next(known, "not a picture that Pillow reads; save it as PNG or JPEG")
