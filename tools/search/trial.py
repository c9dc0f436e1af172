"""One trial, in a worker's process: train and validate. The test split is never opened."""

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stages.common.dataset import PREPARED, DatasetInfo, Split, load_info, load_split
from stages.common.errors import TrainingError
from stages.common.history import Epoch
from stages.common.params import Params

State = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What a trial gave: the figures of the epoch whose weights would be kept."""

    state: State
    val_loss: float | None  # nats; None when it failed
    val_accuracy: float | None
    val_losses: list[float]  # by epoch
    cpu_seconds: float  # of training and validating, user and system, all threads
    problem: str = ""  # why it failed

    @property
    def is_complete(self) -> bool:
        """Whether it ended by itself, with a finite loss."""
        return self.state == "complete"

    @property
    def epochs_run(self) -> int:
        """How many epochs ended with a finite loss."""
        return len(self.val_losses)


class _Pruned(Exception):  # noqa: N818 - not an error: it ends the training early
    """The trial is worse than the limit of its epoch."""


def run_trial(values: dict[str, Any], limits: Sequence[float]) -> Outcome:
    """Train with the params `values`; stop where the validation loss is above the epoch's limit.

    Args:
        values: all params.
        limits: the highest validation loss allowed, by epoch; none for the epochs that follow.
    """
    # The process that sends the trials loads this module, too, and has no use for MXNet.
    from stages.common.gluon.device import choose_device  # noqa: PLC0415
    from stages.common.gluon.training import fit  # noqa: PLC0415

    params = Params.model_validate(values)
    train, val, info = _data(PREPARED.resolve())
    device, _ = choose_device(params.device)
    epochs: list[Epoch] = []

    def on_epoch(so_far: list[Epoch]) -> None:
        epochs[:] = so_far
        done = len(so_far)
        if done < params.epochs and done <= len(limits) and _loss(so_far[-1]) > limits[done - 1]:
            raise _Pruned

    state: State = "complete"
    kept: Epoch | None = None
    problem = ""
    started = time.process_time()
    try:
        kept = fit(train, val, info, params, device=device, on_epoch=on_epoch).kept
    except _Pruned:
        state, kept = "pruned", epochs[-1]
    except TrainingError as error:
        state, problem = "failed", str(error)
    return Outcome(
        state=state,
        val_loss=_loss(kept) if kept else None,
        val_accuracy=kept.val_accuracy if kept else None,
        val_losses=[_loss(epoch) for epoch in epochs],
        cpu_seconds=time.process_time() - started,
        problem=problem,
    )


def _loss(epoch: Epoch) -> float:
    """Return the validation loss of an epoch; a search has a validation split."""
    if epoch.val_loss is None:
        raise ValueError("no validation split")
    return epoch.val_loss


@functools.cache
def _data(folder: Path) -> tuple[Split, Split, DatasetInfo]:
    """Return the training and the validation images, which all processes map into memory."""
    info = load_info(folder)
    return load_split(folder, "train", info), load_split(folder, "val", info), info
