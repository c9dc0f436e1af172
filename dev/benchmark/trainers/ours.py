"""This project: `fit`, as stage train calls it."""

from collections.abc import Sequence
from pathlib import Path

from dev.benchmark.worker import Turns
from stages.common.dataset import load_info, load_split
from stages.common.gluon.mx import mx
from stages.common.gluon.training import fit
from stages.common.history import Epoch
from stages.common.params import load_params

_CHAPTER = {"momentum": 0.0, "weight_decay": 0.0, "lr_schedule": "constant", "patience": 0}


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:
    """Train one epoch for each turn."""
    info = load_info(folder)
    images, none = load_split(folder, "train", info), load_split(folder, "val", info)
    changed = _CHAPTER | {"seed": 0, "batch_size": batch_size, "lr": rate, "epochs": 100_000}
    params = load_params().model_copy(update=changed)

    def on_epoch(epochs: Sequence[Epoch]) -> None:
        turns.done(epochs[-1].train_loss)

    fit(images, none, info, params, device=mx.cpu(), on_epoch=on_epoch)
