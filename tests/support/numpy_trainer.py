"""Softmax regression trained with plain NumPy in float64: what stage train must come to.

N images, D pixels, K classes.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special

from stages.common.dataset import Split
from stages.common.params import Params


@dataclass
class Trained:
    """Weights, and of each epoch the loss and accuracy in training and on validation images."""

    weight: np.ndarray  # [K, D] float64
    bias: np.ndarray  # [K] float64
    epochs: list[tuple[float, ...]] = field(default_factory=list)


def pixels_of(split: Split) -> np.ndarray:
    """Return the pixels [N, D] float64 in [0, 1]."""
    return split.images.reshape(len(split), -1) / 255.0


def losses_and_hits(
    trained: Trained, pixels: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the cross-entropy [N] by log-sum-exp, and whether each prediction is right [N]."""
    logits = pixels @ trained.weight.T + trained.bias
    losses = special.logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]
    return losses, logits.argmax(axis=1) == labels


def rate(params: Params, step: int, steps: int) -> float:
    """Return the learning rate of a step from 1: constant, or half a cosine from lr towards 0."""
    if params.lr_schedule == "constant":
        return params.lr
    return params.lr * (1 + math.cos(math.pi * step / (steps + 1))) / 2


def train(
    start: Trained, data: Split, val: Split, params: Params, orders: list[np.ndarray]
) -> Trained:
    """Train from `start` by SGD with momentum and weight decay, over `orders` [epochs][N]."""
    now = Trained(start.weight.astype(np.float64), start.bias.astype(np.float64))
    velocity = [np.zeros_like(now.weight), np.zeros_like(now.bias)]
    steps, step = len(orders) * math.ceil(len(data) / params.batch_size), 1
    for order in orders:
        seen = []
        for first in range(0, len(order), params.batch_size):
            rows = order[first : first + params.batch_size]
            pixels, labels = (
                pixels_of(Split(data.images[rows], data.labels[rows])),
                data.labels[rows],
            )
            seen.append(losses_and_hits(now, pixels, labels))
            error = special.softmax(pixels @ now.weight.T + now.bias, axis=1)
            error[np.arange(len(rows)), labels] -= 1  # the gradient of the loss by the logits
            gradients = (error.T @ pixels / len(rows), error.mean(axis=0))
            for each, (values, gradient) in enumerate(
                zip((now.weight, now.bias), gradients, strict=True)
            ):
                decayed = gradient + params.weight_decay * values
                velocity[each] = (
                    params.momentum * velocity[each] - rate(params, step, steps) * decayed
                )
            now.weight, now.bias = now.weight + velocity[0], now.bias + velocity[1]
            step += 1
        held_out = [losses_and_hits(now, pixels_of(val), val.labels)] if len(val) else []
        figures = [
            [np.concatenate(parts).mean() for parts in zip(*part, strict=True)]
            for part in (seen, held_out)
        ]
        now.epochs.append(tuple(float(value) for figure in figures for value in figure))
    return now
