"""The network and the training loop, held against a plain NumPy trainer."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from stages.common.dataset import DatasetInfo, Split
from stages.common.errors import TrainingError
from stages.common.gluon.batches import epoch_order
from stages.common.gluon.mx import mx
from stages.common.gluon.training import Tally, best_epoch, new_net, new_trainer, train_epoch
from stages.common.history import Epoch
from stages.common.params import Params
from tests.support import numpy_trainer
from tests.support.prepared import INFO, info_of, split_of
from tests.support.training import EMPTY, TRAIN, VAL, figures, params_of, run_fit


def untrained(seed: int, info: DatasetInfo = INFO) -> numpy_trainer.Trained:
    """Return the weights that a network starts from."""
    weight, bias = sorted(
        (
            values.data().asnumpy()
            for values in new_net(info, seed, mx.cpu()).collect_params().values()
        ),
        key=lambda values: -values.ndim,
    )
    return numpy_trainer.Trained(weight, bias)


def by_numpy(
    params: Params, data: Split = TRAIN, val: Split = VAL, *, info: DatasetInfo = INFO
) -> numpy_trainer.Trained:
    """Train with NumPy from the same weights over the same batches."""
    orders = [epoch_order(len(data), params.seed, epoch) for epoch in range(1, params.epochs + 1)]
    return numpy_trainer.train(untrained(params.seed, info), data, val, params, orders)


def test_logits_are_those_of_pixels_from_0_to_1() -> None:
    """The network gives weight @ (pixels / 255) + bias, for black and white pixels, too."""
    net = new_net(INFO, 0, mx.cpu())
    net.bias.set_data(mx.nd.array([1.0, -2.0, 3.0]))
    images = TRAIN.images[:20].copy()
    images[0], images[1] = 0, 255
    logits = net(mx.nd.from_numpy(images)).asnumpy()
    expected = images.reshape(20, -1) / 255 @ untrained(0).weight.T + [1.0, -2.0, 3.0]
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-6)


def test_one_step_moves_the_weights_by_the_mean_gradient() -> None:
    """A step moves weight and bias by -lr times the gradient of the batch's mean cross-entropy."""
    start, labels = untrained(0), TRAIN.labels[:7]
    pixels = TRAIN.images[:7].reshape(7, -1) / 255  # [B, D]
    errors = special.softmax(pixels @ start.weight.T, axis=1) - np.eye(3)[labels]  # [B, K]

    net = new_net(INFO, 0, mx.cpu())
    steps: list[int] = []
    trainer = new_trainer(net, params_of(lr=0.5), 1)
    batch = mx.nd.from_numpy(TRAIN.images[:7]), mx.nd.array(labels)
    score = train_epoch(net, trainer, [batch], steps.append)

    moved = net.dense.weight.data().asnumpy(), net.bias.data().asnumpy()
    np.testing.assert_allclose(moved[0], start.weight - 0.5 * errors.T @ pixels / 7, rtol=1e-5)
    np.testing.assert_allclose(moved[1], -0.5 * errors.mean(axis=0), rtol=1e-5)
    losses = -special.log_softmax(pixels @ start.weight.T, axis=1)[np.arange(7), labels]
    assert score.loss == pytest.approx(losses.mean(), rel=1e-6)  # before the step
    assert steps == [7]


@pytest.mark.parametrize("batches", [1, 16, 17, 40])
def test_a_tally_counts_each_batch_once(batches: int) -> None:
    """The mean loss and the accuracy are over all images, with fewer or more batches than wait."""
    random = np.random.default_rng(batches)
    tally, losses, hits = Tally(), [], []
    for size in random.integers(1, 9, batches):
        loss, logits = random.random(size, np.float32), random.random((size, 3), np.float32)
        labels = random.integers(0, 3, size).astype(np.float32)
        tally.add(*map(mx.nd.array, (loss, logits, labels)))
        losses += loss.tolist()
        hits += (logits.argmax(axis=1) == labels).tolist()
    score = tally.score()
    assert score.loss == pytest.approx(np.mean(losses), rel=1e-6)
    assert score.accuracy == np.mean(hits)


def parameters(
    seed: int, classes: int = 3, shape: tuple[int, int] = (6, 5)
) -> dict[int, np.ndarray]:
    """Return a new network's weight [K, D] under 2 and its bias [K] under 1."""
    values = new_net(info_of(classes, shape), seed, mx.cpu()).collect_params().values()
    return {len(value.shape): value.data().asnumpy() for value in values}


def test_initial_weights_are_normal_with_deviation_one_hundredth() -> None:
    """The weights start as Normal(0, 0.01), by a Kolmogorov-Smirnov test, and the biases at 0."""
    start = parameters(0, classes=10, shape=(28, 28))
    assert start[2].shape == (10, 784)
    assert stats.kstest(start[2].ravel() / 0.01, "norm").pvalue > 0.01
    assert (start[1] == 0).all()
    assert start[1].shape == (10,)


def test_initial_weights_follow_the_seed_alone() -> None:
    """A seed gives the same weights, whatever was drawn before; another gives others."""
    first = parameters(3)[2]
    mx.nd.random.normal(shape=(100,)).wait_to_read()
    np.random.seed(99)
    assert parameters(3)[2].tobytes() == first.tobytes()
    assert (parameters(4)[2] != first).mean() > 0.99


def test_training_leaves_numpys_global_state_alone() -> None:
    """Making a network and an order neither reads nor moves NumPy's global random state."""
    np.random.seed(1)
    new_net(INFO, 0, mx.cpu())
    epoch_order(50, 0, 1)
    assert np.random.random() == np.random.RandomState(1).random_sample()


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"seed": 7, "epochs": 12},
        {"batch_size": 200, "lr": 1.0},
        {"batch_size": 1},
        {"momentum": 0.9},
        {"weight_decay": 0.05},
        {"lr_schedule": "cosine"},
        {
            "momentum": 0.8,
            "weight_decay": 0.01,
            "lr_schedule": "cosine",
            "batch_size": 33,
            "epochs": 6,
        },
    ],
    ids=str,
)
def test_weights_and_figures_are_those_of_a_numpy_trainer(changed: dict[str, object]) -> None:
    """Training gives the weights, losses and accuracies of a float64 NumPy loop."""
    params = params_of(**changed)
    fitted, expected = run_fit(params), by_numpy(params)
    assert fitted.weight.dtype == fitted.bias.dtype == np.float32
    np.testing.assert_allclose(fitted.weight, expected.weight, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(fitted.bias, expected.bias, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(
        np.array(figures(fitted)), np.array(expected.epochs), rtol=1e-5, atol=2e-6
    )


def test_large_logits_train_as_stably_as_in_float64() -> None:
    """Logits of tens of thousands, where exp overflows, give NumPy's losses and weights."""
    info = info_of(3, (64, 64))
    data = Split(
        split_of(60, seed=0, info=info).images,
        np.random.default_rng(5).integers(0, 3, 60).astype(np.uint8),
    )
    params = params_of(lr=100.0, batch_size=60, epochs=2)
    fitted, expected = (
        run_fit(params, data, data, info=info),
        by_numpy(params, data, data, info=info),
    )
    first = by_numpy(params_of(lr=100.0, batch_size=60, epochs=1), data, data, info=info)
    assert np.abs(numpy_trainer.pixels_of(data) @ first.weight.T).max() > 1e4
    np.testing.assert_allclose(np.array(figures(fitted)), np.array(expected.epochs), rtol=1e-4)
    np.testing.assert_allclose(fitted.weight, expected.weight, rtol=1e-4, atol=1e-3)


def test_same_seed_same_bytes() -> None:
    """Two runs with one seed give the same weights, byte for byte, and the same figures."""
    first, second = run_fit(), run_fit()
    assert first.weight.tobytes() == second.weight.tobytes()
    assert first.bias.tobytes() == second.bias.tobytes()
    assert figures(first) == figures(second)


def test_another_seed_other_weights() -> None:
    """Another seed starts from other weights and visits the images in another order."""
    assert (untrained(0).weight != untrained(1).weight).mean() > 0.99
    assert (epoch_order(200, 0, 1) != epoch_order(200, 1, 1)).mean() > 0.9
    assert (run_fit().weight != run_fit(params_of(seed=1)).weight).any()


@pytest.mark.parametrize("count", [200, 70_001])
def test_memory_mapped_images_train_like_arrays(tmp_path: Path, count: int) -> None:
    """Memory-mapped images train to the same bytes as arrays in memory, in windows too."""
    info, params = info_of(3, (2, 3)), params_of(batch_size=count // 10, epochs=2)
    data = split_of(count, seed=0, info=info)
    np.save(tmp_path / "images.npy", data.images)
    fitted = run_fit(
        params,
        Split(np.load(tmp_path / "images.npy", mmap_mode="r"), data.labels),
        info=info,
        val=data,
    )
    assert fitted.weight.tobytes() == run_fit(params, data, info=info, val=data).weight.tobytes()
    expected = by_numpy(params, data, data, info=info)
    np.testing.assert_allclose(fitted.weight, expected.weight, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(
        np.array(figures(fitted)), np.array(expected.epochs), rtol=1e-5, atol=2e-5
    )


@pytest.mark.parametrize("steps", [1, 2, 50])
def test_cosine_schedule(steps: int) -> None:
    """The rates of the steps are half a cosine from lr towards 0, symmetric around lr / 2."""
    trainer = new_trainer(
        new_net(INFO, 0, mx.cpu()), params_of(lr=0.4, lr_schedule="cosine"), steps
    )
    rates = [trainer.optimizer.lr_scheduler(step) for step in range(1, steps + 1)]
    angles = [math.pi * step / (steps + 1) for step in range(1, steps + 1)]
    assert rates == pytest.approx([0.4 * (1 + math.cos(angle)) / 2 for angle in angles], rel=1e-12)
    assert min(rates) > 0


def sorted_by_class(images: int) -> Split:
    """Return a split that lists one class after the other, as many raw files do."""
    split = split_of(images, seed=0, info=info_of(3, (2, 3)))
    order = np.argsort(split.labels, kind="stable")
    return Split(split.images[order], split.labels[order])


def test_windows_of_a_file_in_random_order_train_like_the_whole() -> None:
    """Above 65,536 images in random order, each batch of an epoch is a fair mix of the classes.

    The same images sorted by class give batches that are not: that is why preprocess shuffles.
    """
    images, size = 100_000, 1000
    in_order = sorted_by_class(images).labels
    shuffled = in_order[np.random.default_rng(0).permutation(images)]
    order = epoch_order(images, 0, 1)
    spread = [
        np.array(
            [
                np.bincount(labels[order[first : first + size]], minlength=3) / size
                for first in range(0, images, size)
            ]
        )
        .std(axis=0)
        .max()
        for labels in (shuffled, in_order)
    ]
    # The share of a class in a fair batch: its deviation is sqrt(1/3 * 2/3 / 1000) = 0.015.
    assert spread[0] < 0.02
    assert spread[1] > 0.1


def overfitting() -> tuple[Split, Split, Params]:
    """Return splits and params whose validation loss soon rises: two in three labels are wrong."""
    random = np.random.default_rng(5)
    small = Split(TRAIN.images[:30], random.integers(0, 3, 30).astype(np.uint8))
    return small, VAL, params_of(epochs=40, batch_size=10, lr=0.5)


@pytest.mark.parametrize("patience", [1, 3, 40])
def test_patience_stops_and_keeps_the_best_epoch(patience: int) -> None:
    """Training ends `patience` epochs after the lowest validation loss, with its weights."""
    data, val, params = overfitting()
    losses = [epoch.val_loss or 0.0 for epoch in run_fit(params, data, val).epochs]
    best = 1
    for last in range(1, len(losses) + 1):
        if losses[last - 1] < losses[best - 1]:
            best = last
        if last - best == patience:
            break
    fitted = run_fit(params.model_copy(update={"patience": patience}), data, val)
    assert [epoch.val_loss for epoch in fitted.epochs] == losses[:last]
    assert fitted.kept.number == best < last
    assert (
        fitted.weight.tobytes()
        == run_fit(params.model_copy(update={"epochs": best}), data, val).weight.tobytes()
    )


def test_without_patience_the_last_epoch_is_kept() -> None:
    """With patience 0 all epochs run and the last is kept, though an earlier one was better."""
    data, val, params = overfitting()
    fitted = run_fit(params, data, val)
    assert best_epoch(fitted.epochs).number < fitted.kept.number == len(fitted.epochs)
    assert len(fitted.epochs) == params.epochs
    expected = by_numpy(params, data, val).weight
    np.testing.assert_allclose(fitted.weight, expected, rtol=1e-3, atol=1e-4)


def epochs_with(*val_losses: float | None) -> list[Epoch]:
    """Return epochs with these validation losses."""
    return [
        Epoch(n, 1 / n, n / 10, loss, loss and loss / 10, 1.0)
        for n, loss in enumerate(val_losses, 1)
    ]


@pytest.mark.parametrize(
    ("losses", "best"), [((3.0,), 1), ((3.0, 2.0, 4.0), 2), ((2.0, 3.0, 2.0), 1)]
)
def test_best_epoch_is_the_first_of_the_lowest(losses: tuple[float, ...], best: int) -> None:
    """The best epoch has the lowest validation loss, and is the first of equals."""
    assert best_epoch(epochs_with(*losses)).number == best


def test_a_loss_that_is_not_finite_stops_training() -> None:
    """Diverging weights end training; the validation loss shows it an epoch earlier."""
    params, one_batch = params_of(lr=100.0, weight_decay=10.0, epochs=40), split_of(32, seed=0)
    stopped = []
    for val in (VAL, EMPTY):
        with pytest.raises(
            TrainingError,
            match=r"the loss is (nan|inf) after epoch .*: lr 100 is too high; try 10$",
        ) as error:
            run_fit(params, one_batch, val)
        stopped.append(int(re.findall(r"epoch (\d+)", str(error.value))[0]))
    assert stopped[0] == stopped[1] - 1 < params.epochs - 1


def test_epochs_are_reported_as_they_end() -> None:
    """After each epoch the caller gets the figures of all epochs so far, with a speed above 0."""
    reported: list[list[Epoch]] = []
    fitted = run_fit(on_epoch=lambda epochs: reported.append(list(epochs)))
    assert reported == [fitted.epochs[:count] for count in (1, 2, 3)]
    assert [epoch.number for epoch in fitted.epochs] == [1, 2, 3]
    assert all(epoch.images_per_second > 0 for epoch in fitted.epochs)


@pytest.mark.parametrize(("classes", "shape"), [(2, (6, 5)), (11, (4, 9))])
def test_any_number_of_classes_and_any_shape(classes: int, shape: tuple[int, int]) -> None:
    """Classes and image size come from the data, and any of them trains."""
    info = info_of(classes, shape)
    data, val = split_of(220, seed=0, info=info), split_of(110, seed=1, info=info)
    fitted = run_fit(params_of(epochs=10), data, val, info=info)
    assert fitted.weight.shape == (classes, shape[0] * shape[1])
    assert (fitted.epochs[-1].val_accuracy or 0) > 0.9
