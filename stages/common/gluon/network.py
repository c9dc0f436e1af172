"""The softmax regression as a Gluon network.

B images in a batch, H x W pixels, D = H * W, K classes.
"""

from typing import Any

from stages.common.dataset import PIXEL_SCALE, DatasetInfo
from stages.common.gluon.mx import mx

SIGMA = 0.01  # of the initial weights, as in the chapter


class SoftmaxRegression(mx.gluon.HybridBlock):
    """One dense layer on pixels scaled to [0, 1], and the cross-entropy of its logits."""

    def __init__(self, info: DatasetInfo) -> None:
        super().__init__()
        classes, pixels = len(info.classes), info.height * info.width
        with self.name_scope():
            self.dense = mx.gluon.nn.Dense(classes, in_units=pixels, use_bias=False)
            self.bias = self.params.get("bias", shape=(classes,), init="zeros")
            # Takes logits, and is stable: log-sum-exp and the pick of the label in one operation.
            self.cross_entropy = mx.gluon.loss.SoftmaxCrossEntropyLoss()

    def hybrid_forward(self, F: Any, images: Any, labels: Any, bias: Any) -> Any:  # noqa: N803
        """Return the cross-entropy of each image and the logits.

        Args:
            F: the operators, on arrays or symbols; Gluon gives it by this name.
            images: [B, H, W] uint8.
            labels: [B] float32, as MXNet's `pick` takes them.
            bias: [K] float32.

        Returns:
            The cross-entropy [B], in nats, and the logits [B, K].
        """
        # W (s x) = s (W x): to scale K products instead of D pixels takes a fifth off an epoch,
        # which is why this is not the chapter's Dense layer on scaled pixels.
        products = self.dense(F.cast(images, "float32"))
        logits = F.broadcast_add(products * PIXEL_SCALE, bias)
        # BlockGrad: backward() would otherwise start from the logits as well.
        return self.cross_entropy(logits, labels), F.BlockGrad(logits)


def new_net(info: DatasetInfo, seed: int, device: mx.Context) -> SoftmaxRegression:
    """Return an untrained network on `device`; a seed gives the same weights on every device."""
    mx.random.seed(seed)
    net = SoftmaxRegression(info)
    net.initialize(mx.init.Normal(sigma=SIGMA), ctx=mx.cpu())
    net.collect_params().reset_ctx(device)
    net.hybridize(static_alloc=True, static_shape=True)
    return net
