"""The softmax regression as a Gluon network, how batches reach it, and how it is scored.

B images in a batch, H x W pixels, D = H * W, K classes. Batches are uint8 [B, H, W] and labels uint8
[B]; pixels are scaled to float32 [0, 1] inside the graph.
"""

from collections.abc import Iterator

import numpy as np

from stages.common.dataset import PIXEL_SCALE, DatasetInfo, Split
from stages.common.mx import mx

_CHUNK_BATCHES = 16  # batches gathered at once: enough to spare calls, few enough to stay small in memory


class ScoredRegression(mx.gluon.HybridBlock):
    """One dense layer and what is measured of its logits, as a single graph."""

    def __init__(self, info: DatasetInfo) -> None:
        super().__init__()
        with self.name_scope():
            self.dense = mx.gluon.nn.Dense(len(info.classes), in_units=info.height * info.width)
            # log softmax and the pick of the label in one step, from the logits: stable by log-sum-exp.
            self.cross_entropy = mx.gluon.loss.SoftmaxCrossEntropyLoss()

    def hybrid_forward(self, F, images, labels):  # type: ignore[no-untyped-def]  # noqa: N803 - Gluon's name
        """Return the cross-entropy of each image [B] and the number of right predictions [1]."""
        logits = self.dense(F.cast(images, "float32") * PIXEL_SCALE)  # [B, K]
        labels = F.cast(labels, "float32")
        return self.cross_entropy(logits, labels), F.sum(F.argmax(logits, axis=1) == labels)


def epoch_order(images: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order [images] in which an epoch (from 1) visits the training images."""
    return np.random.default_rng([seed, epoch]).permutation(images)


def batches(
    split: Split, order: np.ndarray, batch_size: int, device: mx.Context
) -> Iterator[tuple[mx.nd.NDArray, mx.nd.NDArray]]:
    """Yield the images [B, H, W] and labels [B] of each batch, in `order`; the last may be smaller."""
    for start in range(0, len(order), batch_size * _CHUNK_BATCHES):
        rows = order[start : start + batch_size * _CHUNK_BATCHES]
        images = mx.nd.from_numpy(np.take(split.images, rows, axis=0)).as_in_context(device)
        labels = mx.nd.from_numpy(np.take(split.labels, rows)).as_in_context(device)
        for first in range(0, len(rows), batch_size):
            yield images[first : first + batch_size], labels[first : first + batch_size]


def mean_scores(losses: list[mx.nd.NDArray], hits: list[mx.nd.NDArray]) -> tuple[float, float]:
    """Return the mean loss and the accuracy of an epoch's batches; waits for the device to finish them."""
    each = mx.nd.concat(*losses, dim=0).asnumpy().astype(np.float64)
    return float(each.mean()), float(mx.nd.concat(*hits, dim=0).asnumpy().sum()) / len(each)


def new_net(info: DatasetInfo, seed: int, device: mx.Context) -> ScoredRegression:
    """Return an untrained network on `device`; the same seed gives the same weights on every device."""
    mx.random.seed(seed)
    net = ScoredRegression(info)
    net.initialize(mx.init.Normal(sigma=0.01), ctx=mx.cpu())
    net.collect_params().reset_ctx(device)
    net.hybridize(static_alloc=True, static_shape=True)
    return net


def evaluate(net: ScoredRegression, split: Split, batch_size: int, device: mx.Context) -> tuple[float, float]:
    """Return the mean loss and the accuracy on a split."""
    scored = [net(images, labels) for images, labels in batches(split, np.arange(len(split)), batch_size, device)]
    return mean_scores([loss for loss, _ in scored], [hits for _, hits in scored])
