"""Stage train: a softmax regression in Gluon, by SGD on the cross-entropy.

The network is in stages/common/gluon/network.py. B images in a batch, D pixels in an image, K classes.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from stages.common.dataset import PIXEL_SCALE, DatasetInfo, Split, load_info, load_split
from stages.common.errors import ParamError, TrainingError, run_stage
from stages.common.files import write_csv, write_metrics
from stages.common.gluon.device import choose_device
from stages.common.gluon.mx import mx
from stages.common.gluon.network import (
    Chunk,
    SoftmaxRegression,
    Tally,
    chunks,
    epoch_order,
    evaluate,
    new_net,
    ones,
)
from stages.common.model import Model, save_model
from stages.common.params import Params, load_params

PREPARED, MODEL = Path("data/prepared"), Path("data/model")
HISTORY, METRICS = Path("plots/history.csv"), Path("metrics/train.json")
HISTORY_HEADER = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy")
MODEL_PARAMS = (
    "batch_size",
    "epochs",
    "lr",
    "lr_schedule",
    "momentum",
    "patience",
    "seed",
    "weight_decay",
)


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to. Training figures are means over its batches, each before its update."""

    number: int  # from 1
    train_loss: float
    train_accuracy: float
    val_loss: float | None  # None without a validation split
    val_accuracy: float | None
    images_per_second: float


@dataclass(frozen=True)
class Fit:
    """The outcome of training: the weights kept, the epoch they are of, and every epoch's figures."""

    weight: np.ndarray  # [K, D] float32
    bias: np.ndarray  # [K] float32
    kept_epoch: int
    epochs: list[Epoch]


def train_epoch(
    net: SoftmaxRegression, trainer: mx.gluon.Trainer, data: Iterable[Chunk], rates: Iterator[float]
) -> tuple[float, float]:
    """Take one step of SGD for each batch of `data`; return the mean loss and the accuracy, each before its step."""
    tally = Tally()
    for chunk in data:
        losses, logits = [], []
        for images, labels in chunk.batches():
            with mx.autograd.record():
                loss, output = net(images, labels)
            loss.backward(
                ones(len(loss), loss.context)
            )  # the gradient of the sum over the batch ...
            trainer.set_learning_rate(next(rates))
            trainer.step(len(loss))  # ... divided by the batch's size: of the mean
            losses.append(loss)
            logits.append(output)
        tally.add(losses, logits, chunk.labels)
    return tally.means()


def learning_rates(params: Params, steps: int) -> Iterator[float]:
    """Yield the learning rate of each of `steps` steps: lr, or a half cosine from lr down towards 0."""
    if params.lr_schedule == "constant":
        return itertools.repeat(params.lr, steps)
    schedule = mx.lr_scheduler.CosineScheduler(max_update=steps, base_lr=params.lr)
    return map(schedule, range(steps))


def fit(
    train: Split,
    val: Split,
    info: DatasetInfo,
    params: Params,
    *,
    device: mx.Context,
    on_epoch: Callable[[list[Epoch]], None],
) -> Fit:
    """Train a softmax regression by SGD; with the default params, the chapter's recipe.

    Args:
        train: the images to learn from.
        val: the images to validate on after each epoch; may be empty.
        info: what the arrays are of.
        params: how to train.
        device: where to train.
        on_epoch: called after each epoch with the figures of all epochs so far.

    Returns:
        The last epoch's weights, or with `patience` those of the epoch with the lowest validation loss.

    Raises:
        TrainingError: the loss is not finite.
    """
    net = new_net(info, params.seed, device)
    settings = {"learning_rate": params.lr, "momentum": params.momentum, "wd": params.weight_decay}
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", settings, kvstore=None)
    rates = learning_rates(params, math.ceil(len(train) / params.batch_size) * params.epochs)
    epochs: list[Epoch] = []
    with tqdm(
        total=len(train) * params.epochs, unit=" images", unit_scale=True, disable=None, leave=False
    ) as bar:
        for number in range(1, params.epochs + 1):
            started = time.perf_counter()
            data = chunks(
                train, epoch_order(len(train), params.seed, number), params.batch_size, device
            )
            loss, accuracy = train_epoch(net, trainer, _shown(data, bar), rates)
            speed = len(train) / (time.perf_counter() - started)
            val_loss, val_accuracy = (
                evaluate(net, val, params.batch_size, device) if len(val) else (None, None)
            )
            epochs.append(Epoch(number, loss, accuracy, val_loss, val_accuracy, speed))
            _check_finite(epochs[-1], params.lr)
            on_epoch(epochs)
            best = best_epoch(epochs) if params.patience else number
            if best == number:
                weight, bias = (values.data().asnumpy() for values in (net.dense.weight, net.bias))
            elif number - best >= params.patience:
                break
    return Fit(weight, bias, best, epochs)


def _shown(data: Iterable[Chunk], bar: tqdm) -> Iterator[Chunk]:
    for chunk in data:
        yield chunk
        bar.update(len(chunk.labels))


def _check_finite(epoch: Epoch, lr: float) -> None:
    losses = [loss for loss in (epoch.train_loss, epoch.val_loss) if loss is not None]
    if not all(map(math.isfinite, losses)):
        raise TrainingError(
            f"the loss is {losses[-1]} after epoch {epoch.number}: lr {lr:g} is too high; try {lr / 10:g}"
        )


def best_epoch(epochs: list[Epoch]) -> int:
    """Return the number of the epoch with the lowest validation loss, the first of equals."""
    return min(epochs, key=lambda epoch: (epoch.val_loss, epoch.number)).number


def metrics_of(fitted: Fit) -> dict[str, Any]:
    """Return the content of metrics/train.json; without a validation split, without val_ and best_ keys."""
    return {"epochs_run": len(fitted.epochs), "kept_epoch": fitted.kept_epoch} | figures_of(
        fitted.epochs
    )


def figures_of(epochs: list[Epoch]) -> dict[str, Any]:
    """Return the figures of the last and the best of the epochs so far."""
    last = epochs[-1]
    figures: dict[str, Any] = {"epochs_run": last.number}
    figures |= {"train_loss": last.train_loss, "train_accuracy": last.train_accuracy}
    if last.val_loss is None:
        return figures
    best = epochs[best_epoch(epochs) - 1]
    figures |= {
        "val_loss": last.val_loss,
        "val_accuracy": last.val_accuracy,
        "best_epoch": best.number,
    }
    figures |= {"best_train_loss": best.train_loss, "best_train_accuracy": best.train_accuracy}
    return figures | {"best_val_loss": best.val_loss, "best_val_accuracy": best.val_accuracy}


def report(epochs: list[Epoch]) -> None:
    """Print the last epoch's line and write the history and the metrics so far, for whoever watches them."""
    last = epochs[-1]
    line = f"epoch {last.number:3d}  loss {last.train_loss:.4f}  accuracy {last.train_accuracy:.4f}"
    if last.val_loss is not None:
        line += f"  val loss {last.val_loss:.4f}  val accuracy {last.val_accuracy:.4f}"
    tqdm.write(f"{line}  {last.images_per_second:,.0f} images/s")
    rows = [(e.number, e.train_loss, e.train_accuracy, e.val_loss, e.val_accuracy) for e in epochs]
    write_csv(HISTORY, HISTORY_HEADER, rows)
    write_metrics(METRICS, figures_of(epochs))


def main() -> None:
    """Train on data/prepared/ and write data/model/, plots/history.csv and metrics/train.json."""
    params = load_params()
    info = load_info(PREPARED)
    train, val = load_split(PREPARED, "train", info), load_split(PREPARED, "val", info)
    if params.batch_size > len(train):
        raise ParamError(
            f"params.yaml: batch_size: {params.batch_size} is not allowed; "
            f"it must be at most the number of training images, {len(train)}"
        )
    device, reason = choose_device(params.device)
    print(f"training on {reason}: {len(train)} images, {len(val)} for validation")
    fitted = fit(train, val, info, params, device=device, on_epoch=report)
    trained_with = params.model_dump(include=set(MODEL_PARAMS)) | {"kept_epoch": fitted.kept_epoch}
    save_model(MODEL, Model(fitted.weight, fitted.bias, PIXEL_SCALE, info, trained_with))
    write_metrics(METRICS, metrics_of(fitted))


if __name__ == "__main__":
    run_stage(
        "train",
        main,
        on_interrupt="plots/history.csv has its epochs so far, its weights are not kept",
    )
