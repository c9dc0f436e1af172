"""Tests of tools/pictures/resampling.py."""

import numpy as np
import pytest

from tools.pictures.resampling import average, border_of, centred, size_in


def noise(height: int, width: int) -> np.ndarray:
    """Return levels [height, width]."""
    return np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_whole_areas_have_their_mean(factor: int) -> None:
    """Where no pixel is cut, each result is the plain mean of a block."""
    pixels = noise(6 * factor, 4 * factor)
    found = average(pixels, (0, 0, 4 * factor, 6 * factor), 6, 4)
    wanted = pixels.reshape(6, factor, 4, factor).mean(axis=(1, 3))
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_cut_pixel_counts_by_its_share() -> None:
    """The mean over an area is the mean of the picture enlarged so far that no pixel is cut."""
    pixels = noise(7, 5)
    box = (0.5, 1.25, 4.75, 6.5)
    finer = pixels.repeat(8, axis=0).repeat(8, axis=1)
    np.testing.assert_allclose(
        average(pixels, box, 3, 2),
        average(finer, (4, 10, 38, 52), 3, 2),
        rtol=1e-5,
    )


def test_enlarging_is_linear_interpolation() -> None:
    """A ramp stays one, but for half a pixel at its ends, and colours are averaged alike."""
    ramp = np.arange(0, 100, 10, dtype=np.uint8)[np.newaxis, :, np.newaxis].repeat(3, axis=2)
    found = average(ramp, (0, 0, 10, 1), 1, 40)
    assert found.shape == (1, 40, 3)
    wanted = 10 * ((np.arange(40) + 0.5) / 4 - 0.5)
    np.testing.assert_allclose(found[0, 2:-2, 1], wanted[2:-2], atol=1e-4)
    assert found.min() >= 0
    assert found.max() <= 90


def test_the_border_has_each_pixel_once() -> None:
    """Whatever the size, and of colours too."""
    for height, width, count in ((1, 1, 1), (1, 5, 5), (2, 2, 4), (4, 5, 14)):
        values = np.arange(height * width).reshape(height, width)
        border = border_of(values)
        assert len(border) == len(set(border.tolist())) == count
    assert border_of(np.zeros((4, 5, 3))).shape == (14, 3)


def test_what_fits_is_in_the_middle() -> None:
    """The longer side fills the image, the other keeps its proportion, and one pixel at least."""
    assert size_in((10, 10, 110, 60), 28, 28) == (14, 28)
    assert size_in((0, 0, 3000, 1), 28, 28) == (1, 28)
    image = centred(np.full((1, 2), 8.5), 4, 4, fill=1)
    assert image.tolist() == [[1, 1, 1, 1], [1, 9, 9, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
