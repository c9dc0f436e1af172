"""Stage train: the files that it writes, the lines that it prints, and what it refuses."""

import csv
import json
import re
from pathlib import Path

import pytest

from stages import train
from stages.common.errors import ParamError
from stages.common.history import COLUMNS, Epoch
from stages.common.model import load_model
from stages.train import metrics_of
from tests.support.prepared import INFO, write_shapes
from tests.support.project import write_params
from tests.support.training import EMPTY, figures, params_of, run_fit


@pytest.fixture
def folder(here: Path) -> Path:
    """Return the working directory, with a prepared dataset and the params of these tests."""
    write_shapes(here / "data/prepared")
    write_params(here, epochs=3)
    return here


def history() -> list[dict[str, str]]:
    """Return the rows of plots/history.csv."""
    with Path("plots/history.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_metrics_are_those_of_the_kept_epoch() -> None:
    """The metrics hold the figures of the epoch whose weights are kept, and its number."""
    kept = Epoch(2, 0.5, 0.8, 0.6, 0.7, 1000.0)
    assert metrics_of(kept, epochs_run=3) == {
        "train_loss": 0.5,
        "train_accuracy": 0.8,
        "val_loss": 0.6,
        "val_accuracy": 0.7,
        "kept_epoch": 2,
        "epochs_run": 3,
    }


def test_history_grows_with_each_epoch(folder: Path) -> None:
    """plots/history.csv holds every epoch so far as soon as an epoch has ended."""
    sizes: list[int] = []

    def watch(epochs: list[Epoch]) -> None:
        train.report(epochs, params_of())
        sizes.append(len(history()))

    fitted = run_fit(on_epoch=watch)
    assert sizes == [1, 2, 3]
    rows = [[float(row[name]) for name in COLUMNS] for row in history()]
    assert rows == [
        [n, *(pytest.approx(v, abs=1e-6) for v in each)]
        for n, each in enumerate(figures(fitted), 1)
    ]


def test_main_writes_model_history_and_metrics(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stage writes fit's model and metrics, and prints a line with all figures an epoch."""
    train.main()
    fitted = run_fit()
    model = load_model(Path("data/model"))
    assert model.weight.tobytes() == fitted.weight.tobytes()
    assert model.bias.tobytes() == fitted.bias.tobytes()
    assert model.info == INFO
    assert model.params == {
        "batch_size": 32,
        "epochs": 3,
        "lr": 0.1,
        "lr_schedule": "constant",
        "momentum": 0.0,
        "patience": 0,
        "seed": 0,
        "weight_decay": 0.0,
    }
    expected = {key: round(value, 6) for key, value in metrics_of(fitted.kept, 3).items()}
    assert json.loads(Path("metrics/train.json").read_text(encoding="utf-8")) == expected
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
    """Without validation the val_ cells are empty, and the weights are the same."""
    write_shapes(here / "data/prepared", val=0)
    write_params(here, epochs=3, val_fraction=0.0)
    train.main()
    assert all(row["val_loss"] == row["val_accuracy"] == "" for row in history())
    metrics = json.loads(Path("metrics/train.json").read_text(encoding="utf-8"))
    assert set(metrics) == {"epochs_run", "kept_epoch", "train_loss", "train_accuracy"}
    assert (
        load_model(Path("data/model")).weight.tobytes()
        == run_fit().weight.tobytes()
        == run_fit(val=EMPTY).weight.tobytes()
    )


def test_a_batch_larger_than_the_data_is_refused(folder: Path) -> None:
    """A batch size above the number of training images is an error that names both."""
    write_params(folder, batch_size=201)
    with pytest.raises(
        ParamError,
        match=r"params.yaml: batch_size: 201 .* at most the number of training images, 200$",
    ):
        train.main()
    assert not Path("data/model").exists()
    write_params(folder, batch_size=200)
    train.main()
