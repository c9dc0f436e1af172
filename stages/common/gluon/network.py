"""The softmax regression as a Gluon network, how batches reach it, and how it is scored.

B images in a batch, H x W pixels, D = H * W, K classes. Images travel as uint8 [B, H, W] and are scaled
to [0, 1] inside the graph; labels as float32 [B], as MXNet's pick and argmax have them.
"""

import functools
import math
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stages.common.dataset import PIXEL_SCALE, DatasetInfo, Split
from stages.common.gluon.mx import mx

WHOLE = (
    65536  # up to so many images, an epoch is one permutation of them all: Fashion-MNIST has 60,000
)
WINDOW = 32768  # above, so many are shuffled among each other and mapped into memory at a time
_BLOCK = 4096  # consecutive images that stay in one window: smaller ones make the system map much around them
_CHUNK_BATCHES = (
    16  # batches gathered at once: enough to spare calls, few enough to stay small in memory
)


class SoftmaxRegression(mx.gluon.HybridBlock):
    """One dense layer on pixels scaled to [0, 1], and the cross-entropy of its logits, as a single graph."""

    def __init__(self, info: DatasetInfo) -> None:
        super().__init__()
        classes = len(info.classes)
        with self.name_scope():
            self.dense = mx.gluon.nn.Dense(
                classes, in_units=info.height * info.width, use_bias=False
            )
            self.bias = self.params.get("bias", shape=(classes,), init="zeros")
            # log softmax and the pick of the label in one step, from the logits: stable by log-sum-exp.
            self.cross_entropy = mx.gluon.loss.SoftmaxCrossEntropyLoss()

    def hybrid_forward(self, F, images, labels, bias):  # type: ignore[no-untyped-def]  # noqa: N803 - Gluon's name
        """Return the cross-entropy of each image [B] and the logits [B, K]."""
        # W (s x) = s (W x): scaling the K products instead of the D pixels saves an eighth of the step.
        products = self.dense(F.cast(images, "float32"))
        logits = F.broadcast_add(products * PIXEL_SCALE, bias)
        # Without BlockGrad the backward pass would add a gradient of zeros for the second output.
        return self.cross_entropy(logits, labels), F.BlockGrad(logits)


class Tally:
    """Sums the loss and the hits of the chunks that it is given.

    A chunk is read when the next one is handed in: by then the device has finished it, so that reading
    does not make the device idle, and no more than two chunks ever wait in its queue.
    """

    def __init__(self) -> None:
        self._loss = 0.0
        self._hits = self._images = 0
        self._pending: tuple[mx.nd.NDArray, mx.nd.NDArray, np.ndarray] | None = None

    def add(
        self, losses: Sequence[mx.nd.NDArray], logits: Sequence[mx.nd.NDArray], labels: np.ndarray
    ) -> None:
        """Take a chunk: the losses [B] and logits [B, K] of its batches, and all its labels."""
        self._settle()
        self._pending = mx.nd.concat(*losses, dim=0), mx.nd.concat(*logits, dim=0), labels

    def _settle(self) -> None:
        if self._pending:
            losses, logits, labels = self._pending
            self._loss += float(losses.asnumpy().sum(dtype=np.float64))
            self._hits += int((logits.asnumpy().argmax(axis=1) == labels).sum())
            self._images += len(labels)
            self._pending = None

    def means(self) -> tuple[float, float]:
        """Return the mean loss, in nats, and the accuracy."""
        self._settle()
        return self._loss / self._images, self._hits / self._images


def new_net(info: DatasetInfo, seed: int, device: mx.Context) -> SoftmaxRegression:
    """Return an untrained network on `device`; the same seed gives the same weights on every device."""
    mx.random.seed(seed)
    net = SoftmaxRegression(info)
    net.initialize(mx.init.Normal(sigma=0.01), ctx=mx.cpu())
    net.collect_params().reset_ctx(device)
    net.hybridize(static_alloc=True, static_shape=True)
    return net


def epoch_order(images: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order [images] in which an epoch (from 1) visits the training images, each once.

    Up to WHOLE images it is a random permutation. Above, blocks of consecutive images are drawn at random
    into windows, and each window is permuted: so a pass over a large file touches a small part of it at a time.
    """
    random = np.random.default_rng([seed, epoch])
    if images <= WHOLE:
        return random.permutation(images)
    blocks = random.permutation(math.ceil(images / _BLOCK))
    order = np.add.outer(blocks * _BLOCK, np.arange(_BLOCK)).ravel()
    order = order[order < images]  # the last block may be short
    for start in range(0, images, WINDOW):
        random.shuffle(order[start : start + WINDOW])
    return order


@dataclass(frozen=True)
class Chunk:
    """Images that were gathered together, on the device, and the batches that they make."""

    images: mx.nd.NDArray  # [N, H, W] uint8
    labels: np.ndarray  # [N] uint8
    batch_size: int

    def batches(self) -> Iterator[tuple[mx.nd.NDArray, mx.nd.NDArray]]:
        """Yield the images and the labels (float32) of each batch, without copying; the last may be smaller."""
        labels = mx.nd.from_numpy(self.labels.astype(np.float32)).as_in_context(self.images.context)
        for first in range(0, len(labels), self.batch_size):
            yield (
                self.images[first : first + self.batch_size],
                labels[first : first + self.batch_size],
            )


def chunks(split: Split, order: np.ndarray, batch_size: int, device: mx.Context) -> Iterator[Chunk]:
    """Yield the images of a split in `order`, several batches at a time."""
    size = batch_size * _CHUNK_BATCHES
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        images = mx.nd.from_numpy(np.take(split.images, rows, axis=0)).as_in_context(device)
        yield Chunk(images, np.take(split.labels, rows), batch_size)
        if len(order) > WHOLE and start // WINDOW != (start + size) // WINDOW:
            _release(split.images)


def _release(images: np.ndarray) -> None:
    """Give the pages of a memory map back to the system: a pass over a large file would keep all it has touched."""
    if isinstance(images.base, mmap.mmap):
        images.base.madvise(mmap.MADV_DONTNEED)


@functools.cache
def ones(size: int, device: mx.Context) -> mx.nd.NDArray:
    """Return [size] ones on `device`, to start a backward pass with: left to itself, each pass makes them anew."""
    return mx.nd.ones(size, ctx=device)


def evaluate(
    net: SoftmaxRegression, split: Split, batch_size: int, device: mx.Context
) -> tuple[float, float]:
    """Return the mean loss, in nats, and the accuracy on a split."""
    tally = Tally()
    for chunk in chunks(split, np.arange(len(split)), batch_size, device):
        losses, logits = zip(
            *(net(images, labels) for images, labels in chunk.batches()), strict=True
        )
        tally.add(losses, logits, chunk.labels)
    return tally.means()
