"""The pixels of a picture with 8 bits a channel, 0 is black.

16 bits are scaled to 8. A file does not say when only 8, 10 or 12 of its 16 bits are used, as by
scanners, microscopes and cameras; no value above what those bits can hold says it.
"""

import numpy as np
from PIL import Image

from stages.common.errors import DataError

_BITS = (8, 10, 12, 16)
_16_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
_WHITE_IS_ZERO = 0  # TIFF's PhotometricInterpretation
_PHOTOMETRIC, _SAMPLE_FORMAT = 262, 339  # tags of TIFF
_SIGNED = 2  # TIFF's SampleFormat


def check_levels(image: Image.Image) -> None:
    """Raise DataError when a picture's levels have no known black and white."""
    if image.mode == "F":
        raise DataError("floating-point pixels; save it with 8 or 16 bits")
    if image.mode == "I" and image.format != "PPM":
        signed = _tag(image, _SAMPLE_FORMAT) == _SIGNED
        kind = "signed" if signed else "32-bit"
        raise DataError(f"{kind} pixels; save it with 8 or 16 bits, unsigned")
    if image.mode == "LAB":
        raise DataError("pixels in CIELAB; save it in RGB")


def is_inverted(image: Image.Image) -> bool:
    """Return whether 0 is white in the pixels that Pillow gives; it inverts those of 8 bits."""
    return image.mode in _16_BIT and _tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO


def _tag(image: Image.Image, number: int) -> object:
    """Return the first value of a TIFF's tag; None where there is none."""
    value = getattr(image, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) else value


def with_8_bits(image: Image.Image, *, inverted: bool) -> tuple[Image.Image, tuple[str, ...]]:
    """Return a picture in mode L, RGB or RGBA, and what was assumed about it.

    Args:
        image: in a mode that `check_levels` lets pass.
        inverted: 0 is white.
    """
    if image.mode in (*_16_BIT, "I"):
        return _from_16_bits(image, inverted=inverted)
    key = image.info.get("transparency")
    if isinstance(key, tuple) and max(key) > 255:  # of 16 bits a channel, read as 8
        image.info["transparency"] = tuple(value >> 8 for value in key)
    if not image.has_transparency_data:
        return image.convert("L" if image.mode in ("1", "L") else "RGB"), ()
    clear = image.convert("RGBA")
    alpha = clear.getchannel("A").getextrema()
    return (clear.convert("RGB") if alpha == (255, 255) else clear), ()


def _from_16_bits(image: Image.Image, *, inverted: bool) -> tuple[Image.Image, tuple[str, ...]]:
    values = np.asarray(image).astype(np.uint32)
    bits = next(bits for bits in _BITS if values.max() < 1 << bits)
    white = (1 << bits) - 1
    levels = ((values * 255 + white // 2) // white).astype(np.uint8)
    grey = Image.fromarray(255 - levels if inverted else levels)
    notes = () if bits == 16 else (f"no value is above {white:,}: read as {bits} bits, not 16",)
    key = image.info.get("transparency")
    if key is None:
        return grey, notes
    grey.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return grey.convert("RGBA"), notes
