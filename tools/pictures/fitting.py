"""Pictures of any size turned into a model's images: uint8 [H, W], 0 is black.

Two ways, each for the data that a model was trained on:

- `cut_out`: the object alone on black, as the authors of Fashion-MNIST made their images.
- `fit_whole`: the whole picture, as `tools.import_images` makes the images of a dataset.
"""

import math

import numpy as np
from PIL import Image, ImageFilter

from stages.common.errors import DataError

_THUMBNAIL = 73 / 28  # the authors' pictures were thumbnails of 51 x 73, for images of 28 x 28
_CLOSE = 0.05  # a colour this near to the ground's is ground, as a share of the largest distance
_SEARCH = 128  # pixels: the object is looked for in a picture of this size, whose noise is averaged
_SPREAD = 3.0  # times the border's own median distance from the ground's colour is ground, too
_GREY = {"L": (1.0,), "RGB": (0.299, 0.587, 0.114)}  # ITU-R 601, as Pillow's grey


def cut_out(picture: Image.Image, height: int, width: int) -> np.ndarray:
    """Return the object of a picture on black, [height, width] uint8.

    The steps of Xiao, Rasul and Vollgraf (2017), "Fashion-MNIST: a novel image dataset for
    benchmarking machine learning algorithms", section 2: trim what is within 5% of the ground's
    colour, bring the longer side to 28 pixels by subsampling, sharpen with a Gaussian of radius and
    standard deviation 1, extend the shorter side to 28 with the object in the middle, negate the
    intensities, and make it grey. Here 28 x 28 is H x W, and photographs need more. Next to none of
    it changes a product on the authors' ground (#fdfdfd):

    - The ground's colour is the median of the border, not that of the corners. Where the border
      itself varies more than 5% (noise, uneven light), more is ground.
    - A large picture is reduced to the size of the authors' thumbnails before it is subsampled.
    - The intensities are negated when the ground is light, and left when it is dark.
    - The ground's level becomes black, and the other levels are spread over what is left.

    Raises:
        DataError: nothing in the picture differs from its ground.
    """
    picture = lay_on(picture, _contrasting_ground(picture))
    level, box = find_object(picture)
    image = _shrink(picture.crop(box).convert("L"), height, width)
    image = image.filter(ImageFilter.UnsharpMask(radius=1, percent=100, threshold=0))
    pixels = np.asarray(image, np.float32)
    if level > 127.5:
        pixels, level = 255 - pixels, 255 - level
    pixels = np.clip((pixels - level) * (255 / (255 - level)), 0, 255)
    if not (pixels > 0.5).any():
        raise DataError("nothing in it stands out from its ground")
    return _centred(np.rint(pixels).astype(np.uint8), height, width, fill=0)


def find_object(picture: Image.Image) -> tuple[float, tuple[int, int, int, int]]:
    """Return the grey level of a picture's ground, and the box of what stands out from the ground.

    Args:
        picture: in mode L or RGB.

    Returns:
        The level is 0 to 255. The box is (left, top, right, bottom); it is the whole picture when
        nothing stands out.
    """
    factor = math.ceil(max(picture.size) / _SEARCH)
    small = picture.reduce(factor).filter(ImageFilter.MedianFilter(3))  # specks go, edges stay
    pixels = np.atleast_3d(np.asarray(small, np.float32))  # [h, w, 1 or 3]
    border = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    ground = np.median(border, axis=0)
    distance = np.sqrt(((pixels - ground) ** 2).mean(axis=2)) / 255
    spread = float(np.median(np.sqrt(((border - ground) ** 2).mean(axis=1)))) / 255
    rows, columns = np.nonzero(distance > max(_CLOSE, _SPREAD * spread))
    level = float(ground @ _GREY[small.mode])
    if not len(rows):
        return level, (0, 0, *picture.size)
    left, top = columns.min() * factor, rows.min() * factor
    right = min((columns.max() + 1) * factor, picture.width)
    bottom = min((rows.max() + 1) * factor, picture.height)
    return level, (int(left), int(top), int(right), int(bottom))


def fit_whole(picture: Image.Image, height: int, width: int) -> np.ndarray:
    """Return the whole picture in grey, [height, width] uint8.

    It is made as large as fits, in the middle; the rest is filled with the median of its border.
    Transparent parts are white.
    """
    grey = lay_on(picture, 255).convert("L")
    pixels = np.asarray(grey.resize(_fitting(grey, height, width), Image.Resampling.LANCZOS))
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return _centred(pixels, height, width, fill=int(np.median(border)))


def lay_on(picture: Image.Image, level: int) -> Image.Image:
    """Return a picture whose transparent parts are filled with a grey level."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGBA", picture.size, (level, level, level, 255))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _contrasting_ground(picture: Image.Image) -> int:
    """Return the level to lay a picture on: white as the authors', black if it is light."""
    if picture.mode != "RGBA":
        return 255
    grey, alpha = np.asarray(picture.convert("LA"), np.float32).transpose(2, 0, 1)
    return 0 if (grey * alpha).sum() > 127.5 * alpha.sum() else 255


def _fitting(image: Image.Image, height: float, width: float) -> tuple[int, int]:
    """Return the (width, height) of an image made as large as fits into a box."""
    scale = min(height / image.height, width / image.width)
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _shrink(image: Image.Image, height: int, width: int) -> Image.Image:
    """Return an image by subsampling, of a thumbnail; smaller ones are enlarged smoothly."""
    size = _fitting(image, height, width)
    if size[0] > image.width or size[1] > image.height:
        return image.resize(size, Image.Resampling.BICUBIC)
    thumbnail = _fitting(image, _THUMBNAIL * height, _THUMBNAIL * width)
    if thumbnail[0] < image.width:
        image = image.resize(thumbnail, Image.Resampling.LANCZOS, reducing_gap=2)
    return image.resize(size, Image.Resampling.NEAREST)


def _centred(pixels: np.ndarray, height: int, width: int, *, fill: int) -> np.ndarray:
    """Return pixels [h, w] in the middle of an image [height, width] of one level."""
    image = np.full((height, width), fill, np.uint8)
    top, left = (height - pixels.shape[0]) // 2, (width - pixels.shape[1]) // 2
    image[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return image
