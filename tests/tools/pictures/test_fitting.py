"""Tests of tools/pictures/fitting.py."""

import numpy as np
import pytest
from PIL import Image

from stages.common.dataset import Steps
from stages.common.errors import DataError
from tests.support.pictures import BLOCK, block
from tools.pictures.fitting import STEPS, cut_out, find_object, fit, fit_whole
from tools.pictures.levels import with_8_bits
from tools.pictures.resampling import size_in


@pytest.mark.parametrize(("height", "width"), [(28, 28), (6, 5), (20, 40)])
@pytest.mark.parametrize(("background", "level"), [(253, 40), (255, 40), (2, 215), (0, 215)])
def test_an_object_is_bright_in_the_middle_of_black(
    height: int, width: int, background: int, level: int
) -> None:
    """On light and on dark background alike, the object fills the image and the rest is black."""
    image = cut_out(block(background=background, level=level), height, width)
    assert image.shape == (height, width)
    assert image.dtype == np.uint8
    high, wide = size_in(BLOCK, height, width)
    top, left = (height - high) // 2, (width - wide) // 2
    inside = np.zeros((height, width), bool)
    inside[top : top + high, left : left + wide] = True
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
    """A grey background becomes black, and not the grey that it would be when only negated."""
    image = cut_out(block(background=180), 28, 14)
    assert image[0].max() == 0
    assert image.max() > 190


def test_pictures_without_an_object_are_refused() -> None:
    """A blank picture, however small, shows nothing that could be cut out."""
    for size in ((1, 1), (3000, 1), (200, 100)):
        for level in (0, 127, 128, 255):
            with pytest.raises(DataError, match="nothing in it stands out"):
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


@pytest.mark.parametrize("steps", ["object", "whole"])
@pytest.mark.parametrize("level", [0, 90, 160, 255])
def test_what_is_on_transparency_is_seen(steps: Steps, level: int) -> None:
    """A dark icon is laid on white, a light one on black: neither comes out blank."""
    alpha = block(background=0, level=255).convert("L")
    icon = Image.new("RGBA", alpha.size, (level, level, level, 0))
    icon.putalpha(alpha)
    image = fit(icon, 28, 28, steps).pixels
    if steps == "whole":
        assert (image[14, 14], image[0, 0]) == (level, 0 if level > 127 else 255)
    else:
        assert abs(int(image[14, 14]) - max(level, 255 - level)) <= 1


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
def test_a_grey_picture_of_the_model_s_size_is_taken_as_it_is(mode: str) -> None:
    """Its mode does not matter, and both steps leave it alone."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5), dtype=np.uint8)
    pixels[[0, -1]] = 0
    picture, _ = with_8_bits(Image.fromarray(pixels).convert(mode), inverted=False)
    for steps in STEPS:
        fitted = fit(picture, 6, 5, steps)
        assert (fitted.pixels == pixels).all()
        assert fitted.notes == ()


def test_grey_as_webp_rounds_it_is_grey() -> None:
    """Channels that differ by one level are a grey picture still; by more, a colourful one."""
    pixels = np.random.default_rng(0).integers(0, 100, (28, 28, 3), dtype=np.uint8)
    pixels[..., 1] = pixels[..., 2] = pixels[..., 0] + 1
    picture = Image.fromarray(pixels)
    assert (fit(picture, 28, 28, "object").pixels == np.asarray(picture.convert("L"))).all()
    pixels[3, 3, 1] += 1
    with pytest.raises(DataError, match="nothing in it stands out"):  # the steps were taken
        fit(Image.fromarray(pixels), 28, 28, "object")


def test_a_picture_of_the_model_s_size_on_light_is_inverted_for_objects() -> None:
    """So it is like any other picture of an object, and it is said; a whole one is kept."""
    pixels = np.full((6, 5), 250, np.uint8)
    pixels[2:4, 1:4] = 30
    picture = Image.fromarray(pixels)
    fitted = fit(picture, 6, 5, "object")
    assert (fitted.pixels == 255 - pixels).all()
    assert fitted.notes == ("of the model's size on a light background: inverted",)
    assert (fit(picture, 6, 5, "whole").pixels == pixels).all()


def test_a_colourful_picture_of_the_model_s_size_takes_the_steps() -> None:
    """Colours or transparency are not what the model's images have."""
    picture = block(size=(28, 28)).convert("RGB")
    picture.paste((200, 10, 10), (8, 8, 20, 20))
    assert fit(picture, 28, 28, "object").pixels.max() > 100
    clear = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    clear.paste((255, 255, 255, 255), (8, 8, 20, 20))
    assert (fit(clear, 28, 28, "whole").pixels[0] == 0).all()


@pytest.mark.parametrize("size", [(28, 28), (9, 70), (1, 1)])
def test_an_image_of_one_level_is_refused(size: tuple[int, int]) -> None:
    """It shows nothing, whichever steps made it."""
    for level in (0, 200, 255):
        for picture in (Image.new("L", size, level), Image.new("RGBA", size, (level,) * 3 + (0,))):
            for steps in STEPS:
                with pytest.raises(DataError, match=r"^blank: "):
                    fit(picture, 28, 28, steps)
