"""Tests of tools/pictures/fitting.py."""

import numpy as np
import pytest
from PIL import Image

from stages.common.errors import DataError
from tests.support.pictures import BLOCK, block
from tools.pictures.fitting import cut_out, find_object, fit_whole


@pytest.mark.parametrize(("height", "width"), [(28, 28), (6, 5), (20, 40)])
@pytest.mark.parametrize(("ground", "level"), [(253, 40), (255, 40), (2, 215), (0, 215)])
def test_an_object_is_bright_in_the_middle_of_black(
    height: int, width: int, ground: int, level: int
) -> None:
    """On light and on dark ground alike, the object fills the image and the rest is black."""
    image = cut_out(block(ground=ground, level=level), height, width)
    assert image.shape == (height, width)
    assert image.dtype == np.uint8
    side = min(height, width)  # the block is square
    top, left = (height - side) // 2, (width - side) // 2
    inside = np.zeros((height, width), bool)
    inside[top : top + side, left : left + side] = True
    assert (image[~inside] == 0).all()
    assert np.abs(image[inside].astype(int) - 215).max() <= 3


def test_a_wide_object_keeps_its_shape() -> None:
    """The longer side fills the image, the shorter one in proportion, in the middle."""
    picture = Image.new("L", (300, 300), 255)
    picture.paste(0, (40, 100, 264, 156))  # 224 x 56, four to one
    rows = np.flatnonzero(cut_out(picture, 28, 28).any(axis=1))
    assert (rows.min(), rows.max(), len(rows)) == (10, 16, 7)


@pytest.mark.parametrize("kind", ["noise", "uneven light", "dust"])
def test_the_object_is_found_on_the_ground_of_a_photograph(kind: str) -> None:
    """Noise, light that falls off, and specks do not count as the object."""
    random = np.random.default_rng(0)
    pixels = np.asarray(block().resize((800, 640), Image.Resampling.NEAREST), np.float32) * 0.8
    if kind == "noise":
        pixels = pixels + random.normal(0, 10, pixels.shape)
    elif kind == "uneven light":
        pixels = pixels + np.linspace(-25, 25, 800)[None, :, None]
    else:
        rows, columns = random.integers(0, 640, 60), random.integers(0, 800, 60)
        pixels[rows, columns] = 0
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    _, box = find_object(picture)
    assert np.abs(np.array(box) - np.array(BLOCK) * 8).max() <= 8


def test_uneven_light_leaves_the_ground_black() -> None:
    """A grey ground becomes black, and not the grey that it would be when only negated."""
    image = cut_out(block(ground=180), 28, 14)
    assert image[0].max() == 0
    assert image.max() > 190


def test_a_transparent_picture_stands_out_from_what_it_is_laid_on() -> None:
    """A black and a white object on nothing both become bright objects on black."""
    alpha = block(ground=0, level=255).convert("L")
    for level in (0, 255):
        picture = Image.new("RGBA", alpha.size, (level, level, level, 0))
        picture.putalpha(alpha)
        assert cut_out(picture, 28, 28).mean() > 240


def test_pictures_without_an_object_are_refused() -> None:
    """A blank picture, however small, shows nothing that could be cut out."""
    for size in ((1, 1), (3000, 1), (200, 100)):
        for level in (0, 127, 128, 255):
            with pytest.raises(DataError, match="nothing in it stands out from its ground"):
                cut_out(Image.new("L", size, level), 28, 28)
    assert cut_out(Image.fromarray(np.array([[0, 255, 0]], np.uint8)), 28, 28).any()


def test_a_whole_picture_of_the_right_size_stays_as_it_is() -> None:
    """Nothing is trimmed, turned around or smoothed."""
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    assert (fit_whole(Image.fromarray(pixels), 28, 28) == pixels).all()


def test_a_whole_picture_keeps_its_aspect() -> None:
    """What is left of the image has the level of the picture's border."""
    picture = Image.new("RGB", (200, 100), (90, 90, 90))
    picture.paste((200, 200, 200), (80, 30, 120, 70))
    image = fit_whole(picture, 28, 28)
    assert (image[:7] == 90).all()
    assert (image[21:] == 90).all()
    assert image[14, 14] > 190
    assert fit_whole(picture, 7, 14).shape == (7, 14)
    assert (fit_whole(Image.new("RGBA", (5, 5), (0, 0, 0, 0)), 4, 4) == 255).all()
