"""The training loop: softmax regression by SGD, as in the chapter.

B images in a batch, D pixels in an image, K classes.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from stages.common.dataset import DatasetInfo, Split
from stages.common.errors import TrainingError
from stages.common.gluon.batches import batches, epoch_order
from stages.common.gluon.mx import mx
from stages.common.gluon.network import SoftmaxRegression, new_net
from stages.common.history import Epoch
from stages.common.params import Params

Batches = Iterable[tuple[mx.nd.NDArray, mx.nd.NDArray]]  # images [B, H, W] uint8, labels [B]


@dataclass(frozen=True)
class Score:
    """How a network does on some images."""

    loss: float  # mean cross-entropy, nats
    accuracy: float


@dataclass(frozen=True)
class Fit:
    """The outcome of training: the weights kept, the epoch they are of, and every epoch."""

    weight: np.ndarray  # [K, D] float32
    bias: np.ndarray  # [K] float32
    kept: Epoch
    epochs: list[Epoch]


class Tally:
    """Sums the losses and the hits of batches.

    MXNet computes in the background, and to read a result waits for it. So a batch is read _BEHIND
    batches later, when it is long done, and the device never runs out of work.
    """

    _BEHIND = 16

    def __init__(self) -> None:
        self._unread: deque[tuple[mx.nd.NDArray, ...]] = deque()
        self._loss, self._hits, self._images = 0.0, 0, 0

    def add(self, loss: mx.nd.NDArray, logits: mx.nd.NDArray, labels: mx.nd.NDArray) -> None:
        """Take a batch: its losses [B], logits [B, K] and labels [B]."""
        self._unread.append((loss, logits, labels))
        if len(self._unread) > self._BEHIND:
            self._read()

    def _read(self) -> None:
        loss, logits, labels = (each.asnumpy() for each in self._unread.popleft())
        self._loss += float(loss.sum(dtype=np.float64))
        self._hits += int((logits.argmax(axis=1) == labels).sum())
        self._images += len(labels)

    def score(self) -> Score:
        """Return the mean loss and the accuracy of all batches."""
        while self._unread:
            self._read()
        return Score(self._loss / self._images, self._hits / self._images)


def train_epoch(net: SoftmaxRegression, trainer: mx.gluon.Trainer, data: Batches) -> Score:
    """Take one step of SGD for each batch; return the score, each batch before its step."""
    tally = Tally()
    for images, labels in data:
        with mx.autograd.record():
            loss, logits = net(images, labels)
        loss.backward()  # the gradient of the sum over the batch ...
        trainer.step(len(labels))  # ... divided by the batch's size: the gradient of the mean
        tally.add(loss, logits, labels)
    return tally.score()


def score(
    net: SoftmaxRegression, split: Split, batch_size: int, device: mx.Context
) -> Score | None:
    """Return the score of a network on a split; None when the split is empty."""
    tally = Tally()
    for images, labels in batches(split, np.arange(len(split)), batch_size, device):
        loss, logits = net(images, labels)
        tally.add(loss, logits, labels)
    return tally.score() if len(split) else None


def new_trainer(net: SoftmaxRegression, params: Params, steps: int) -> mx.gluon.Trainer:
    """Return SGD for `steps` steps, as MXNet has it: v = momentum * v - lr * (g + decay * w).

    The weights then move by v. A cosine schedule is a half cosine from `lr` down towards 0; it
    counts steps from 1, and with `steps + 1` the last step still moves the weights.
    """
    schedule = None
    if params.lr_schedule == "cosine":
        schedule = mx.lr_scheduler.CosineScheduler(steps + 1, base_lr=params.lr)
    sgd = mx.optimizer.SGD(
        learning_rate=params.lr,
        momentum=params.momentum,
        wd=params.weight_decay,
        lr_scheduler=schedule,
    )
    return mx.gluon.Trainer(net.collect_params(), sgd, kvstore=None)


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
        on_epoch: called after each epoch with all epochs so far; what it raises ends the training.

    Returns:
        The last epoch's weights, or with `patience` those of the lowest validation loss.

    Raises:
        TrainingError: the loss is not finite.
    """
    net = new_net(info, params.seed, device)
    steps = params.epochs * math.ceil(len(train) / params.batch_size)
    trainer = new_trainer(net, params, steps)
    epochs: list[Epoch] = []
    total = params.epochs * len(train)
    with tqdm(total=total, unit=" images", unit_scale=True, disable=None, leave=False) as bar:
        for number in range(1, params.epochs + 1):
            order = epoch_order(len(train), params.seed, number)
            started = time.perf_counter()
            data = batches(train, order, params.batch_size, device)
            trained = train_epoch(net, trainer, _shown(data, bar))
            speed = len(train) / (time.perf_counter() - started)
            held_out = score(net, val, params.batch_size, device)
            epochs.append(_epoch(number, trained, held_out, speed))
            _check_finite(epochs[-1], params.lr)
            on_epoch(epochs)
            best = best_epoch(epochs) if params.patience else epochs[-1]
            if best.number == number:
                weight, bias = net.dense.weight.data().asnumpy(), net.bias.data().asnumpy()
            elif number - best.number >= params.patience:
                break
    return Fit(weight, bias, best, epochs)


def _shown(data: Batches, bar: tqdm) -> Iterator[tuple[mx.nd.NDArray, mx.nd.NDArray]]:
    for images, labels in data:
        yield images, labels
        bar.update(len(labels))


def _epoch(number: int, train: Score, val: Score | None, speed: float) -> Epoch:
    val_loss, val_accuracy = (val.loss, val.accuracy) if val else (None, None)
    return Epoch(number, train.loss, train.accuracy, val_loss, val_accuracy, speed)


def _check_finite(epoch: Epoch, lr: float) -> None:
    for loss in (epoch.train_loss, epoch.val_loss):
        if loss is not None and not math.isfinite(loss):
            what = f"the loss is {loss} after epoch {epoch.number}"
            raise TrainingError(f"{what}: lr {lr:g} is too high; try {lr / 10:g}")


def best_epoch(epochs: list[Epoch]) -> Epoch:
    """Return the epoch with the lowest validation loss, the first of equals."""
    return min(epochs, key=lambda epoch: (epoch.val_loss, epoch.number))
