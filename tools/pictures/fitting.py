"""Pictures of any size turned into a model's images: uint8 [H, W], 0 is black.

Two ways, each for the data that a model was trained on:

- `cut_out`: the object alone on black, as the authors of Fashion-MNIST made their images.
- `fit_whole`: the whole picture, as `tools.import_images` makes the images of a dataset.

docs/use.md describes the steps. tools/export/fitting.js takes the same ones, in functions of the
same names, and a test compares the two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from stages.common.dataset import Steps
from stages.common.errors import DataError
from tools.pictures.reading import read_picture
from tools.pictures.resampling import (
    Box,
    average,
    border_of,
    centred,
    rounded,
    size_in,
    without_specks,
)

_GREY = np.array((0.299, 0.587, 0.114))  # ITU-R 601, as Pillow's grey
_SEARCH = 128  # pixels of the longer side: the object is looked for where noise is averaged
_CLOSE = 0.05  # a colour this near to the background's is background; 1 is black to white
_SPREAD = 3.0  # times the border's own median distance from that colour is background, too
_HALF = 127.5  # a level above is light
_MOST = 0.75  # of a border that is light; of 64,000 images of Fashion-MNIST none has such a one
_ENOUGH = 16  # times the longer side of an image: a JPEG is decoded no smaller


@dataclass(frozen=True)
class Fitted:
    """A picture as a model's image."""

    pixels: np.ndarray  # [H, W] uint8
    notes: tuple[str, ...] = ()  # what was assumed about the picture, or done with it


def read_image(path: Path, height: int, width: int, steps: Steps) -> Fitted:
    """Return the picture in a file as an image [height, width]; see `read_picture` and `fit`.

    Raises:
        DataError: the file cannot be read, or the image would be blank.
    """
    picture = read_picture(path, side=_ENOUGH * max(height, width))
    fitted = fit(picture.image, height, width, steps)
    return Fitted(fitted.pixels, picture.notes + fitted.notes)


def fit(picture: Image.Image, height: int, width: int, steps: Steps) -> Fitted:
    """Return a picture as an image [height, width].

    A grey picture of that very size is taken as it is, whatever its mode. For `object` it is
    inverted when most of its border is light: the images of such datasets have black borders.

    Args:
        picture: in mode L, RGB or RGBA.
        height: of the image.
        width: of the image.
        steps: a key of STEPS.

    Raises:
        DataError: all of the image has one level, or no object stands out.
    """
    notes: tuple[str, ...] = ()
    pixels = _as_it_is(picture) if picture.size == (width, height) else None
    if pixels is None:
        pixels = STEPS[steps](picture, height, width)
    elif steps == "object" and (border_of(pixels) > _HALF).mean() >= _MOST:
        pixels, notes = 255 - pixels, ("of the model's size on a light background: inverted",)
    if pixels.min() == pixels.max():
        raise DataError(f"blank: all of its image has the level {pixels.max()}")
    return Fitted(pixels, notes)


def _as_it_is(picture: Image.Image) -> np.ndarray | None:
    """Return the pixels of a grey picture, [h, w] uint8; None when it has colours or an alpha."""
    if picture.mode == "RGBA":
        return None
    channels = np.atleast_3d(np.asarray(picture))
    alike = np.ptp(channels, axis=2).max() <= 1  # WebP rounds grey so far
    return np.asarray(picture.convert("L")) if alike else None


def cut_out(picture: Image.Image, height: int, width: int) -> np.ndarray:
    """Return the object of a picture on black, [height, width] uint8.

    The steps follow Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST: a novel image dataset for
    benchmarking machine learning algorithms", section 2: trim what is within 5% of the background's
    colour, bring the longer side to 28 pixels, extend the shorter side to 28 with the object in the
    middle, negate the intensities, and make it grey. Here 28 x 28 is H x W, and areas are averaged
    where the authors subsampled thumbnails and sharpened. Photographs need more:

    - The background's colour is the median of the border, not that of the corners. Where the border
      itself varies more than 5% (noise, uneven light), more is background.
    - The intensities are negated when the background is light, and left when it is dark.
    - The background's level becomes black, and the other levels are spread over what is left.

    Raises:
        DataError: nothing in the picture differs from its background.
    """
    picture = lay_on_contrast(picture)
    level, box = find_object(picture)
    pixels = average(np.asarray(picture.convert("L")), box, *size_in(box, height, width))
    if level > _HALF:
        pixels, level = 255 - pixels, 255 - level
    pixels = np.clip((pixels - level) * (255 / (255 - level)), 0, 255)
    if not (pixels > 0.5).any():
        raise DataError("blank: nothing in it stands out from its background")
    return centred(pixels, height, width, fill=0)


def find_object(picture: Image.Image) -> tuple[float, Box]:
    """Return the grey level of a picture's background, and the box of what stands out from it.

    Args:
        picture: in mode L or RGB.

    Returns:
        The level is 0 to 255. The box is the whole picture when nothing stands out.
    """
    whole = (0.0, 0.0, float(picture.width), float(picture.height))
    scale = min(1.0, _SEARCH / max(picture.size))
    height, width = rounded(picture.height * scale), rounded(picture.width * scale)
    small = np.floor(average(np.atleast_3d(np.asarray(picture)), whole, height, width) + 0.5)
    pixels = without_specks(small)  # [h, w, 1 or 3]
    border = border_of(pixels)
    background = np.median(border, axis=0)
    distance = np.sqrt(((pixels - background) ** 2).mean(axis=2)) / 255
    spread = float(np.median(border_of(distance)))
    rows, columns = np.nonzero(distance > max(_CLOSE, _SPREAD * spread))
    level = float(background @ _GREY) if len(background) == 3 else float(background[0])
    if not len(rows):
        return level, whole
    across, down = picture.width / width, picture.height / height  # pixels in one of `small`
    return level, (
        float(columns.min() * across),
        float(rows.min() * down),
        float((columns.max() + 1) * across),
        float((rows.max() + 1) * down),
    )


def fit_whole(picture: Image.Image, height: int, width: int) -> np.ndarray:
    """Return the whole picture in grey, [height, width] uint8.

    It is made as large as fits, in the middle; the rest is filled with the median of its border.
    """
    grey = np.asarray(lay_on_contrast(picture).convert("L"))
    whole = (0.0, 0.0, float(picture.width), float(picture.height))
    pixels = average(grey, whole, *size_in(whole, height, width))
    return centred(pixels, height, width, fill=float(np.median(border_of(pixels))))


# How a picture becomes an image: the object alone, or all of the picture.
STEPS: dict[Steps, Callable[[Image.Image, int, int], np.ndarray]] = {
    "object": cut_out,
    "whole": fit_whole,
}


def lay_on_contrast(picture: Image.Image) -> Image.Image:
    """Return a picture whose transparent parts are white; black if what is seen of it is light."""
    if picture.mode != "RGBA":
        return picture
    grey, alpha = np.asarray(picture.convert("LA"), np.float32).transpose(2, 0, 1)
    level = 0 if (grey * alpha).sum() > _HALF * alpha.sum() else 255
    background = Image.new("RGBA", picture.size, (level, level, level, 255))
    return Image.alpha_composite(background, picture).convert("RGB")
