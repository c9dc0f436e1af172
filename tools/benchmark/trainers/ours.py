"""This project: `fit` of stages/train.py, as the stage calls it."""

from pathlib import Path

from stages.common.dataset import load_info, load_split
from stages.common.gluon.mx import mx
from stages.common.params import load_params
from stages.train import Epoch, fit
from tools.benchmark.worker import Turns


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:  # noqa: ARG001 - threads are the project's
    """Train one epoch for each turn."""
    info = load_info(folder)
    images, none = load_split(folder, "train", info), load_split(folder, "val", info)
    if len(none):
        raise ValueError(
            f"{folder}: prepare it with val_fraction 0: the epochs of the others have no validation"
        )
    chapter = {
        "momentum": 0.0,
        "weight_decay": 0.0,
        "lr_schedule": "constant",
        "patience": 0,
        "seed": 0,
    }
    params = load_params().model_copy(
        update=chapter | {"batch_size": batch_size, "lr": rate, "epochs": 100_000}
    )

    def on_epoch(epochs: list[Epoch]) -> None:
        turns.done(epochs[-1].train_loss)

    fit(images, none, info, params, device=mx.cpu(), on_epoch=on_epoch)
