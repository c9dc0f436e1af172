"""The order of an epoch, and the batches that it makes."""

import numpy as np
import pytest

from stages.common.dataset import Split
from stages.common.gluon.batches import batches, epoch_order
from stages.common.gluon.mx import mx
from tests.support.prepared import info_of, split_of


@pytest.mark.parametrize("images", [1, 7, 60_000, 65_536, 65_537, 200_001])
def test_an_epoch_visits_each_image_once(images: int) -> None:
    """An epoch's order is a permutation of the images, and always the same one."""
    order = epoch_order(images, 5, 1)
    np.testing.assert_array_equal(np.sort(order), np.arange(images))
    np.testing.assert_array_equal(order, epoch_order(images, 5, 1))


@pytest.mark.parametrize("images", [60_000, 200_001])
def test_an_epochs_order_is_shuffled(images: int) -> None:
    """Neighbours in the file are seldom neighbours in an epoch; a batch draws from all classes."""
    order = epoch_order(images, 5, 1)
    assert (np.abs(np.diff(order)) < 10).mean() < 0.01
    sorted_by_class = np.arange(images) * 10 // images  # a file that lists one class after another
    shares = np.bincount(sorted_by_class[order[:256]], minlength=10) / 256
    assert (shares > 0).sum() >= 5


def test_orders_differ_between_epochs_and_seeds() -> None:
    """No two of ten epochs under three seeds share their order."""
    orders = {epoch_order(50, seed, epoch).tobytes() for seed in range(3) for epoch in range(1, 11)}
    assert len(orders) == 30


@pytest.mark.parametrize(("images", "batch_size"), [(200, 32), (70_000, 300), (5, 5), (3, 10)])
def test_batches_are_the_images_in_order(images: int, batch_size: int) -> None:
    """The batches hold each image with its label in the given order, and only the last is short."""
    split = split_of(images, seed=0, info=info_of(3, (2, 3)))
    order = epoch_order(images, 0, 1)
    made = list(batches(split, order, batch_size, mx.cpu()))
    assert [len(labels) for _, labels in made[:-1]] == [batch_size] * (len(made) - 1)
    assert len(made[-1][1]) == (images - 1) % batch_size + 1
    for number, dtype, expected in ((0, np.uint8, split.images), (1, np.float32, split.labels)):
        joined = np.concatenate([batch[number].asnumpy() for batch in made])
        assert joined.dtype == dtype
        np.testing.assert_array_equal(joined, expected[order])


def test_no_image_makes_no_batch() -> None:
    """An empty split, as validation may be, has no batch."""
    empty = Split(np.empty((0, 2, 3), np.uint8), np.empty(0, np.uint8))
    assert list(batches(empty, np.arange(0), 10, mx.cpu())) == []
