"""Stage train, held against a plain NumPy trainer, and what it does when things go wrong."""

import csv
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stages import train
from stages.common.dataset import DatasetInfo, Split
from stages.common.errors import ParamError, TrainingError
from stages.common.gluon.mx import mx
from stages.common.gluon.network import epoch_order, new_net
from stages.common.model import load_model
from stages.common.params import Params
from stages.train import Epoch, Fit, best_epoch, fit, learning_rates, metrics_of
from tests.support import numpy_trainer
from tests.support.prepared import INFO, info_of, split_of, write_shapes

TRAIN, VAL, EMPTY = split_of(200, seed=0), split_of(30, seed=1), split_of(0, seed=1)
PARAMS = Params(
    dataset="shapes",
    seed=0,
    val_fraction=0.1,
    batch_size=32,
    epochs=3,
    lr=0.1,
    momentum=0.0,
    weight_decay=0.0,
    lr_schedule="constant",
    patience=0,
    device="cpu",
)


def params_of(**values: object) -> Params:
    """Return the params of these tests with some values changed."""
    return Params(**(PARAMS.model_dump() | values))


def ignore(epochs: list[Epoch]) -> None:
    """Do nothing after an epoch."""


def run_fit(
    params: Params = PARAMS,
    data: Split = TRAIN,
    val: Split = VAL,
    *,
    info: DatasetInfo = INFO,
    on_epoch: Callable[[list[Epoch]], None] = ignore,
) -> Fit:
    """Train on the CPU."""
    return fit(data, val, info, params, device=mx.cpu(), on_epoch=on_epoch)


def figures(fitted: Fit) -> list[tuple[float | None, ...]]:
    """Return each epoch's losses and accuracies."""
    return [(e.train_loss, e.train_accuracy, e.val_loss, e.val_accuracy) for e in fitted.epochs]


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
    """Training comes to the weights, losses and accuracies of a float64 NumPy loop, to float32's precision."""
    params = params_of(**changed)
    fitted, expected = run_fit(params), by_numpy(params)
    assert fitted.weight.dtype == fitted.bias.dtype == np.float32
    np.testing.assert_allclose(fitted.weight, expected.weight, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(fitted.bias, expected.bias, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(
        np.array(figures(fitted)), np.array(expected.epochs), rtol=1e-5, atol=2e-6
    )


def test_large_logits_train_as_stably_as_in_float64() -> None:
    """Logits of tens of thousands, where exp overflows, give NumPy's losses and weights and no NaN."""
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
    """Memory-mapped images give the same bytes as arrays in memory, and NumPy's weights, also where windows shuffle them."""
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
    """The cosine schedule is half a cosine from lr down towards 0, a value for each step."""
    expected = [0.4 * (1 + math.cos(math.pi * step / steps)) / 2 for step in range(steps)]
    assert list(learning_rates(params_of(lr=0.4, lr_schedule="cosine"), steps)) == pytest.approx(
        expected, rel=1e-12
    )


def test_constant_schedule() -> None:
    """The constant schedule is lr at each step."""
    assert list(learning_rates(params_of(lr=0.4), 3)) == [0.4, 0.4, 0.4]


def overfitting() -> tuple[Split, Split, Params]:
    """Return splits and params with which the validation loss soon rises: two in three labels are wrong."""
    random = np.random.default_rng(5)
    small = Split(TRAIN.images[:30], random.integers(0, 3, 30).astype(np.uint8))
    return small, VAL, params_of(epochs=40, batch_size=10, lr=0.5)


@pytest.mark.parametrize("patience", [1, 3, 40])
def test_patience_stops_and_keeps_the_best_epoch(patience: int) -> None:
    """Training ends `patience` epochs after the lowest validation loss, with the weights of that epoch."""
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
    assert fitted.kept_epoch == best < last
    assert (
        fitted.weight.tobytes()
        == run_fit(params.model_copy(update={"epochs": best}), data, val).weight.tobytes()
    )


def test_without_patience_the_last_epoch_is_kept() -> None:
    """With patience 0 all epochs run and the last one's weights are kept, though an earlier one was better."""
    data, val, params = overfitting()
    fitted = run_fit(params, data, val)
    assert best_epoch(fitted.epochs) < fitted.kept_epoch == len(fitted.epochs) == params.epochs
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
    assert best_epoch(epochs_with(*losses)) == best


def test_metrics_tell_the_last_and_the_best_epoch() -> None:
    """The metrics hold the last epoch's figures, the best one's under best_, and which one is kept."""
    fitted = Fit(np.zeros((3, 30)), np.zeros(3), 3, epochs_with(3.0, 1.0, 2.0))
    assert metrics_of(fitted) == {
        "epochs_run": 3,
        "kept_epoch": 3,
        "train_loss": 1 / 3,
        "train_accuracy": 0.3,
        "val_loss": 2.0,
        "val_accuracy": 0.2,
        "best_epoch": 2,
        "best_train_loss": 1 / 2,
        "best_train_accuracy": 0.2,
        "best_val_loss": 1.0,
        "best_val_accuracy": 0.1,
    }


def test_a_loss_that_is_not_finite_stops_training() -> None:
    """Weights that grow without bound end in a message that names the rate; the validation loss shows it an epoch earlier."""
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


@pytest.fixture
def folder(here: Path) -> Path:
    """Return the working directory, with a prepared dataset, the catalogue and the params of these tests."""
    write_shapes(here / "data/prepared")
    write_params(here, {})
    return here


def write_params(folder: Path, changed: dict[str, object]) -> None:
    """Write params.yaml; JSON is YAML too."""
    (folder / "params.yaml").write_text(json.dumps(PARAMS.model_dump() | changed))


def history() -> list[dict[str, str]]:
    """Return the rows of plots/history.csv."""
    with Path("plots/history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_history_grows_with_each_epoch(folder: Path) -> None:
    """plots/history.csv holds every epoch so far as soon as an epoch has ended, for whoever watches."""
    sizes: list[int] = []

    def watch(epochs: list[Epoch]) -> None:
        train.report(epochs)
        sizes.append(len(history()))

    fitted = run_fit(on_epoch=watch)
    assert sizes == [1, 2, 3]
    rows = [[float(row[name]) for name in train.HISTORY_HEADER] for row in history()]
    assert rows == [
        [n, *(pytest.approx(v, abs=1e-6) for v in each)]
        for n, each in enumerate(figures(fitted), 1)
    ]


def test_main_writes_model_history_and_metrics(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stage writes the model that fit returns, its metrics, and a line for each epoch that says all figures."""
    train.main()
    fitted = run_fit()
    model = load_model(Path("data/model"))
    assert model.weight.tobytes() == fitted.weight.tobytes()
    assert model.bias.tobytes() == fitted.bias.tobytes()
    assert model.info == INFO
    assert model.params == {
        "batch_size": 32,
        "epochs": 3,
        "kept_epoch": 3,
        "lr": 0.1,
        "lr_schedule": "constant",
        "momentum": 0.0,
        "patience": 0,
        "seed": 0,
        "weight_decay": 0.0,
    }
    expected = {key: round(value, 6) for key, value in metrics_of(fitted).items()}
    assert json.loads(Path("metrics/train.json").read_text()) == expected
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "training on cpu: 200 images, 30 for validation"
    for line, epoch in zip(shown[1:], fitted.epochs, strict=True):
        numbers = re.findall(r"[\d.,]+", line)
        assert numbers[:5] == [
            str(epoch.number),
            *(f"{value:.4f}" for value in figures(fitted)[epoch.number - 1]),
        ]
        assert line.endswith("images/s")


def test_main_without_a_validation_split(here: Path) -> None:
    """With no validation image the val_ cells are empty, the val_ and best_ metrics are absent, and training is the same."""
    write_shapes(here / "data/prepared", val=0)
    write_params(here, {"val_fraction": 0.0})
    train.main()
    assert all(row["val_loss"] == row["val_accuracy"] == "" for row in history())
    metrics = json.loads(Path("metrics/train.json").read_text())
    assert set(metrics) == {"epochs_run", "kept_epoch", "train_loss", "train_accuracy"}
    assert (
        load_model(Path("data/model")).weight.tobytes()
        == run_fit().weight.tobytes()
        == run_fit(val=EMPTY).weight.tobytes()
    )


def test_a_batch_larger_than_the_data_is_refused(folder: Path) -> None:
    """A batch size above the number of training images is an error that names both; one equal to it is not."""
    write_params(folder, {"batch_size": 201})
    with pytest.raises(
        ParamError,
        match=r"params.yaml: batch_size: 201 .* at most the number of training images, 200$",
    ):
        train.main()
    assert not Path("data/model").exists()
    write_params(folder, {"batch_size": 200})
    train.main()


@pytest.mark.parametrize(("classes", "shape"), [(2, (6, 5)), (11, (4, 9))])
def test_any_number_of_classes_and_any_shape(classes: int, shape: tuple[int, int]) -> None:
    """Classes and image size come from the data: a few epochs beat chance by far for any of them."""
    info = info_of(classes, shape)
    data, val = split_of(220, seed=0, info=info), split_of(110, seed=1, info=info)
    fitted = run_fit(params_of(epochs=10), data, val, info=info)
    assert fitted.weight.shape == (classes, shape[0] * shape[1])
    assert (fitted.epochs[-1].val_accuracy or 0) > 0.9
