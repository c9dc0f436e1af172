"""Softmax regression by SGD, as in the chapter: the network, its loss and the training loop.

Reads from top to bottom: network, step, epoch, `fit`. N images, B of them in a batch, H x W pixels,
D = H * W, K classes.

    images [B, H, W] uint8 -> network -> logits [B, K] -> loss with labels [B] -> losses [B]
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stages.common.dataset import PIXEL_SCALE, DatasetInfo, Split
from stages.common.errors import TrainingError
from stages.common.gluon.batches import batches, epoch_order
from stages.common.gluon.mx import mx
from stages.common.history import Epoch
from stages.common.params import Params

SIGMA = 0.01  # standard deviation of the initial weights, as in the chapter

# Takes logits, not probabilities: log-sum-exp and the pick of the label are one stable operation.
cross_entropy = mx.gluon.loss.SoftmaxCrossEntropyLoss()
cross_entropy.hybridize(static_alloc=True, static_shape=True)

Batches = Iterable[tuple[mx.nd.NDArray, mx.nd.NDArray]]  # images [B, H, W] uint8, labels [B]


class SoftmaxRegression(mx.gluon.HybridBlock):
    """One dense layer on pixels scaled to [0, 1]."""

    def __init__(self, info: DatasetInfo) -> None:
        super().__init__()
        classes, pixels = len(info.classes), info.height * info.width
        with self.name_scope():
            self.dense = mx.gluon.nn.Dense(classes, in_units=pixels, use_bias=False)  # [K, D]
            self.bias = self.params.get("bias", shape=(classes,), init="zeros")

    def hybrid_forward(self, F: Any, images: Any, bias: Any) -> Any:  # noqa: N803 - Gluon's name
        """Return the logits [B, K] of images [B, H, W] uint8; `F` has the operators."""
        # W (s x) = s (W x): to scale K products instead of D pixels takes a tenth off an epoch.
        products = self.dense(F.cast(images, "float32"))  # [B, K]
        return F.broadcast_add(products * PIXEL_SCALE, bias)


def new_net(info: DatasetInfo, seed: int, device: mx.Context) -> SoftmaxRegression:
    """Return an untrained network on `device`; a seed gives the same weights on every device."""
    mx.random.seed(seed)
    net = SoftmaxRegression(info)
    # Drawn on the CPU, whose generator is not the GPU's, and then moved.
    net.initialize(mx.init.Normal(sigma=SIGMA), ctx=mx.cpu())
    net.collect_params().reset_ctx(device)
    net.hybridize(static_alloc=True, static_shape=True)  # one graph, whose memory is kept
    return net


def new_trainer(net: SoftmaxRegression, params: Params, steps: int) -> mx.gluon.Trainer:
    """Return SGD for `steps` steps, as MXNet has it: v = momentum * v - lr * (g + decay * w).

    The weights then move by v. A cosine schedule is a half cosine from `lr` down towards 0.
    """
    schedule = None
    if params.lr_schedule == "cosine":
        # It counts steps from 1; with `steps + 1` the last step still moves the weights.
        schedule = mx.lr_scheduler.CosineScheduler(steps + 1, base_lr=params.lr)
    sgd = mx.optimizer.SGD(
        learning_rate=params.lr,
        momentum=params.momentum,
        wd=params.weight_decay,
        lr_scheduler=schedule,
    )
    return mx.gluon.Trainer(net.collect_params(), sgd, kvstore=None)  # None: one device


@dataclass(frozen=True)
class Score:
    """How a network does on some images."""

    loss: float  # mean cross-entropy, nats
    accuracy: float


class Tally:
    """Sums the losses and the hits of batches.

    MXNet computes in the background, and reading blocks until a result is there. So a batch is read
    _BEHIND batches later, when it is long done, and the device never runs out of work.
    """

    _BEHIND = 16

    def __init__(self) -> None:
        self._unread: deque[tuple[mx.nd.NDArray, ...]] = deque()
        self._loss, self._hits, self._images = 0.0, 0, 0

    def add(self, losses: mx.nd.NDArray, logits: mx.nd.NDArray, labels: mx.nd.NDArray) -> None:
        """Take a batch: its losses [B], logits [B, K] and labels [B]."""
        self._unread.append((losses, logits, labels))
        if len(self._unread) > self._BEHIND:
            self._read()

    def _read(self) -> None:
        losses, logits, labels = (each.asnumpy() for each in self._unread.popleft())
        self._loss += float(losses.sum(dtype=np.float64))  # float32 would drift over an epoch
        self._hits += int((logits.argmax(axis=1) == labels).sum())
        self._images += len(labels)

    def score(self) -> Score:
        """Return the mean loss and the accuracy of all batches; at least one was added."""
        while self._unread:
            self._read()
        return Score(self._loss / self._images, self._hits / self._images)


def train_epoch(
    net: SoftmaxRegression,
    trainer: mx.gluon.Trainer,
    data: Batches,
    on_batch: Callable[[int], object],
) -> Score:
    """Take one step of SGD for each batch; return the score, each batch before its step.

    Args:
        net: is changed.
        trainer: of the network.
        data: the batches, each image once.
        on_batch: called after each step, with the number of its images.
    """
    tally = Tally()
    for images, labels in data:
        with mx.autograd.record():  # what follows is recorded for backward()
            logits = net(images)  # [B, K]
            losses = cross_entropy(logits, labels)  # [B]
        losses.backward()  # the gradient of the sum over the batch ...
        trainer.step(len(labels))  # ... divided by the batch's size: the gradient of the mean
        tally.add(losses, logits, labels)
        on_batch(len(labels))
    return tally.score()


def validate(
    net: SoftmaxRegression, split: Split, batch_size: int, device: mx.Context
) -> Score | None:
    """Return the score of a network on a split; None when the split is empty."""
    tally = Tally()
    for images, labels in batches(split, np.arange(len(split)), batch_size, device):
        logits = net(images)
        tally.add(cross_entropy(logits, labels), logits, labels)
    return tally.score() if len(split) else None


@dataclass(frozen=True)
class Fit:
    """What training gives: the weights kept, the epoch they are of, and every epoch."""

    weight: np.ndarray  # [K, D] float32
    bias: np.ndarray  # [K] float32
    kept: Epoch
    epochs: list[Epoch]


def fit(
    train: Split,
    val: Split,
    info: DatasetInfo,
    params: Params,
    *,
    device: mx.Context,
    on_epoch: Callable[[list[Epoch]], object],
    on_batch: Callable[[int], object] = lambda _: None,
) -> Fit:
    """Train a softmax regression by SGD; with the default params, the chapter's recipe.

    Args:
        train: the images to learn from.
        val: the images to validate on after each epoch; may be empty.
        info: name, classes and image size of the dataset.
        params: how to train.
        device: where to train.
        on_epoch: called after each epoch with all epochs so far; what it raises ends the training.
        on_batch: called after each step with the number of its images.

    Returns:
        The last epoch's weights, or with `patience` those of the lowest validation loss.

    Raises:
        TrainingError: the loss is not finite.
    """
    net = new_net(info, params.seed, device)
    steps = params.epochs * math.ceil(len(train) / params.batch_size)
    trainer = new_trainer(net, params, steps)
    epochs: list[Epoch] = []
    for number in range(1, params.epochs + 1):
        order = epoch_order(len(train), params.seed, number)  # [N]
        started = time.perf_counter()
        data = batches(train, order, params.batch_size, device)
        trained = train_epoch(net, trainer, data, on_batch)
        speed = len(train) / (time.perf_counter() - started)
        validated = validate(net, val, params.batch_size, device)
        epochs.append(_epoch(number, trained, validated, speed))
        _check_finite(epochs[-1], params.lr)
        on_epoch(epochs)
        # Without patience the last epoch counts, though an earlier one may have been better.
        best = best_epoch(epochs) if params.patience else epochs[-1]
        if best.number == number:
            weight, bias = net.dense.weight.data().asnumpy(), net.bias.data().asnumpy()
        elif number - best.number >= params.patience:
            break
    return Fit(weight, bias, best, epochs)


def best_epoch(epochs: list[Epoch]) -> Epoch:
    """Return the epoch with the lowest validation loss, the first of equals."""
    return min(epochs, key=lambda epoch: (epoch.val_loss, epoch.number))


def _epoch(number: int, train: Score, val: Score | None, speed: float) -> Epoch:
    val_loss, val_accuracy = (val.loss, val.accuracy) if val else (None, None)
    return Epoch(number, train.loss, train.accuracy, val_loss, val_accuracy, speed)


def _check_finite(epoch: Epoch, lr: float) -> None:
    for loss in (epoch.train_loss, epoch.val_loss):
        if loss is not None and not math.isfinite(loss):
            what = f"the loss is {loss} after epoch {epoch.number}"
            raise TrainingError(f"{what}: lr {lr:g} is too high; try {lr / 10:g}")
