"""Gluon's loss, held against a float64 log-sum-exp, and the chapter's initial network.

N images, K classes.
"""

import numpy as np
import pytest
from scipy import special, stats

from stages.common.gluon.batches import epoch_order
from stages.common.gluon.mx import mx
from stages.common.gluon.network import new_net
from tests.support.prepared import INFO, info_of

SCALES = (0.0, 1.0, 80.0, 1e3, 1e4, 1e6)  # of logits; exp overflows float32 from 89 on


def logits_and_labels(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return logits [300, 10] float32 in -scale to scale, some at its ends, and labels [300]."""
    random = np.random.default_rng(4)
    logits = random.uniform(-scale, scale, (300, 10)).astype(np.float32)
    logits[:50] = scale * random.choice(np.array([-1, 0, 1], np.float32), (50, 10))
    return logits, random.integers(0, 10, 300)


def gluon_losses(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Gluon's cross-entropies [N] and the gradient of their sum by the logits [N, K]."""
    inputs = mx.nd.array(logits)
    inputs.attach_grad()
    with mx.autograd.record():
        losses = mx.gluon.loss.SoftmaxCrossEntropyLoss()(inputs, mx.nd.array(labels))
    losses.backward()
    return losses.asnumpy(), inputs.grad.asnumpy()


def exact_losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the cross-entropies [N] in float64, by log-sum-exp."""
    logits = logits.astype(np.float64)
    return special.logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]


@pytest.mark.parametrize("scale", SCALES)
def test_loss_is_the_log_sum_exp(scale: float) -> None:
    """The loss is finite and a float64 log-sum-exp's, for logits of up to a million."""
    logits, labels = logits_and_labels(scale)
    losses, _ = gluon_losses(logits, labels)
    assert np.isfinite(losses).all()
    np.testing.assert_allclose(
        losses, exact_losses(logits, labels), rtol=3e-6, atol=3e-7 * max(scale, 1)
    )


@pytest.mark.parametrize("scale", SCALES)
def test_gradient_is_softmax_minus_one_hot(scale: float) -> None:
    """The gradient that autograd finds is finite and equals softmax minus one-hot."""
    logits, labels = logits_and_labels(scale)
    _, gradient = gluon_losses(logits, labels)
    assert np.isfinite(gradient).all()
    expected = special.softmax(logits.astype(np.float64), axis=1) - np.eye(10)[labels]
    np.testing.assert_allclose(
        gradient, expected, atol=4e-6
    )  # MXNet's exponential is good to about 1e-6


def test_loss_is_shift_invariant() -> None:
    """Adding 4096 to all logits, exact in float32 here, leaves loss and gradient as they were."""
    logits, labels = logits_and_labels(80.0)
    logits = np.round(logits * 64) / 64  # leaves room for 4096 in float32's 24 bits
    before, after = gluon_losses(logits, labels), gluon_losses(logits + np.float32(4096), labels)
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])


def test_naive_softmax_then_log_fails_on_the_same_logits() -> None:
    """Softmax and then its logarithm give NaN and infinity on logits where Gluon's loss holds."""
    logits, labels = logits_and_labels(1e4)
    values = mx.nd.array(logits).exp()
    naive = -mx.nd.pick(
        mx.nd.log(values / values.sum(axis=1, keepdims=True)), mx.nd.array(labels)
    ).asnumpy()
    assert np.isnan(naive).any()
    # A softmax that shifts by the maximum still loses small probabilities to 0.
    shifted = -mx.nd.pick(
        mx.nd.log(mx.nd.softmax(mx.nd.array(logits))), mx.nd.array(labels)
    ).asnumpy()
    assert np.isposinf(shifted).any()
    assert np.isfinite(gluon_losses(logits, labels)[0]).all()


def parameters(
    seed: int, classes: int = 3, shape: tuple[int, int] = (6, 5)
) -> dict[int, np.ndarray]:
    """Return a new network's weight [K, D] under 2 and its bias [K] under 1."""
    values = new_net(info_of(classes, shape), seed, mx.cpu()).collect_params().values()
    return {len(value.shape): value.data().asnumpy() for value in values}


def test_initial_weights_are_normal_with_deviation_one_hundredth() -> None:
    """The weights start as Normal(0, 0.01), by a Kolmogorov-Smirnov test, and the biases at 0."""
    start = parameters(0, classes=10, shape=(28, 28))
    assert start[2].shape == (10, 784)
    assert stats.kstest(start[2].ravel() / 0.01, "norm").pvalue > 0.01
    assert (start[1] == 0).all()
    assert start[1].shape == (10,)


def test_initial_weights_follow_the_seed_alone() -> None:
    """A seed gives the same weights, whatever was drawn before; another gives others."""
    first = parameters(3)[2]
    mx.nd.random.normal(shape=(100,)).wait_to_read()
    np.random.seed(99)
    assert parameters(3)[2].tobytes() == first.tobytes()
    assert (parameters(4)[2] != first).mean() > 0.99


def test_training_leaves_numpys_global_state_alone() -> None:
    """Making a network and an order neither reads nor moves NumPy's global random state."""
    np.random.seed(1)
    new_net(INFO, 0, mx.cpu())
    epoch_order(50, 0, 1)
    assert np.random.random() == np.random.RandomState(1).random_sample()
