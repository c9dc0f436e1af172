"""The pictures that the page adds to those of the pipeline."""

import numpy as np

from tools.report.pictures import confusion_difference

CLASSES = ("circle", "square")


def test_confusion_difference_colours_fewer_mistakes_as_better() -> None:
    """More images on the diagonal and fewer beside it are blue (above 0), the opposite orange."""
    before, after = np.array([[5, 5], [1, 9]]), np.array([[9, 1], [4, 6]])
    axes = confusion_difference(before, after, CLASSES).axes[0]
    values = np.asarray(axes.images[0].get_array())
    np.testing.assert_allclose(np.sign(values) * values**2, [[4, 4], [-3, -3]])
    assert [text.get_text() for text in axes.texts] == ["+4", "-4", "+3", "-3"]


def test_confusion_difference_without_a_change() -> None:
    """Two equal matrices give a picture of white cells."""
    axes = confusion_difference(np.eye(2, dtype=int), np.eye(2, dtype=int), CLASSES).axes[0]
    assert not np.asarray(axes.images[0].get_array()).any()
    assert not axes.texts


def test_confusion_difference_of_256_classes_is_bounded() -> None:
    """At 256 classes the picture is as large as that of the pipeline, and holds no counts."""
    counts = np.arange(256 * 256).reshape(256, 256)
    figure = confusion_difference(counts, counts.T, [str(number) for number in range(256)])
    assert max(figure.get_size_inches()) <= 17
    assert not figure.axes[0].texts
