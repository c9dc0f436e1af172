"""JAX: a whole epoch is one compiled scan over the batches, with the weights donated."""

import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from stages.common.dataset import PIXEL_SCALE
from tools.benchmark.trainers.arrays import initial_weight, pixels_and_labels
from tools.benchmark.worker import Turns


def cross_entropy(params: Any, x: Any, y: Any) -> Any:
    """Return the mean cross-entropy of a batch x [B, D], y [B]."""
    weight, bias = params
    log_probabilities = jax.nn.log_softmax(x @ weight + bias)
    return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean()


@functools.partial(jax.jit, static_argnames=("batch_size", "rate"), donate_argnums=0)
def epoch(params: Any, pixels: Any, labels: Any, key: Any, *, batch_size: int, rate: float) -> Any:
    """Return the params after an epoch and the mean loss; the last batch may be smaller."""

    def step(params: Any, rows: Any) -> Any:
        batch = pixels[rows].astype(jnp.float32) * PIXEL_SCALE
        loss, gradient = jax.value_and_grad(cross_entropy)(params, batch, labels[rows])
        return jax.tree.map(
            lambda value, slope: value - rate * slope, params, gradient
        ), loss * len(rows)

    order = jax.random.permutation(key, len(pixels))
    whole = len(pixels) // batch_size * batch_size
    params, losses = jax.lax.scan(step, params, order[:whole].reshape(-1, batch_size))
    total = losses.sum()
    if whole < len(pixels):
        params, loss = step(params, order[whole:])
        total += loss
    return params, total / len(pixels)


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:  # noqa: ARG001 - threads: XLA_FLAGS
    """Train one epoch for each turn."""
    pixels, labels, classes = pixels_and_labels(folder)
    params = jnp.asarray(initial_weight(pixels.shape[1], classes)), jnp.zeros(classes)
    pixels, labels = jnp.asarray(pixels), jnp.asarray(labels)
    key = jax.random.key(0)
    while True:
        key, now = jax.random.split(key)
        params, loss = epoch(params, pixels, labels, now, batch_size=batch_size, rate=rate)
        turns.done(float(loss))
