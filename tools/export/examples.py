"""Which test images the playground shows: clear ones, mistakes and close calls, chosen by a rule.

N images, K classes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["right", "wrong", "unsure"]


@dataclass(frozen=True)
class Example:
    """A test image."""

    kind: Kind
    row: int  # in the test split
    label: int


def choose(probabilities: np.ndarray, labels: np.ndarray, count: int) -> list[Example]:
    """Return at most `count` examples of each kind, ordered by kind and class.

    right: the model's class is the true one; the highest probability first
    wrong: it is not; the highest probability of the wrong class first
    unsure: right or wrong; the smallest gap between the two likeliest classes first

    The classes take turns: the first of each, then the second of each, up to `count`.

    Args:
        probabilities: [N, K], what the model gives each class.
        labels: [N], the true classes.
        count: at most so many of each kind.
    """
    top = np.sort(probabilities, axis=1)[:, -2:]  # [N, 2], the likeliest class last
    correct = probabilities.argmax(axis=1) == labels
    everything = np.ones(len(labels), bool)
    kinds: tuple[tuple[Kind, np.ndarray, np.ndarray], ...] = (
        ("right", correct, -top[:, 1]),
        ("wrong", ~correct, -top[:, 1]),
        ("unsure", everything, top[:, 1] - top[:, 0]),
    )
    return [
        Example(kind, int(row), int(labels[row]))
        for kind, eligible, order in kinds
        for row in _in_turn(np.flatnonzero(eligible), labels, order, count)
    ]


def _in_turn(rows: np.ndarray, labels: np.ndarray, order: np.ndarray, count: int) -> Iterator[int]:
    """Yield `count` of `rows`, lowest `order` first and each class in turn; sorted by class."""
    ranked = rows[np.argsort(order[rows], kind="stable")]
    turn = np.zeros(len(ranked), np.int64)  # 0 for the first of its class, 1 for the second, ...
    for label in np.unique(labels[ranked]):
        mine = labels[ranked] == label
        turn[mine] = np.arange(mine.sum())
    chosen = ranked[np.argsort(turn, kind="stable")[:count]]
    yield from chosen[np.argsort(labels[chosen], kind="stable")].tolist()
