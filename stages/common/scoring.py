"""Scores of a classifier, from its logits.

N images, K classes. Logits are [N, K] float32 or float64; labels and predictions are [N] integers
in 0..K-1. Sums run in float64.
"""

import math
from dataclasses import dataclass

import numpy as np

Z_95 = 1.959963984540054  # the normal distribution's 97.5% quantile


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log(softmax(logits)) [N, K] float64, stable for any finite logits.

    log softmax(o)_j = o_j - max(o) - log(sum_k exp(o_k - max(o))). No exponent is above 0 and one
    is 0, so nothing overflows, and the argument of the logarithm is at least 1.
    """
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def cross_entropy(log_probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return -log p(label) [N] float64, in nats."""
    return np.asarray(-log_probabilities[np.arange(len(labels)), labels])


def confusion_matrix(labels: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Return counts [K, K] int64: rows are the true classes, columns the predicted ones."""
    cells = labels.astype(np.int64) * classes + predictions
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 per class, each [K] float64; 0 where the divisor would be 0."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray  # [K] int64, images of the class


def class_scores(confusion: np.ndarray) -> ClassScores:
    """Return the scores per class of a confusion matrix [K, K]."""
    hits = np.diag(confusion).astype(np.float64)
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return ClassScores(
        precision=hits / np.maximum(predicted, 1),
        recall=hits / np.maximum(support, 1),
        f1=2 * hits / np.maximum(support + predicted, 1),
        support=support,
    )


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion, 95% by default.

    Unlike p +- z * sqrt(p * (1 - p) / n), it stays in [0, 1] and covers well near both ends.

    Source: E. B. Wilson (1927), "Probable inference, the law of succession, and statistical
    inference", JASA 22:209-212.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} successes in {trials} trials")
    p = successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = (
        z / (1 + z * z / trials) * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    )
    return max(0.0, centre - half), min(1.0, centre + half)


@dataclass(frozen=True)
class Calibration:
    """Predictions grouped by confidence, which is the probability of the predicted class."""

    edges: np.ndarray  # [M + 1] float64, equal bins over [0, 1]
    count: np.ndarray  # [M] int64
    confidence: np.ndarray  # [M] float64, mean in the bin; 0 in an empty bin
    accuracy: np.ndarray  # [M] float64, share of right predictions in the bin; 0 in an empty bin
    error: float  # expected calibration error: mean |accuracy - confidence|, weighted by count


def calibration(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> Calibration:
    """Return the reliability of `confidence` [N] in [0, 1] against `correct` [N] bool.

    Source: Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks",
    equations 2 and 3, with their 15 bins (low, high].
    """
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    filled = np.maximum(count, 1)
    mean_confidence = np.bincount(place, weights=confidence, minlength=bins) / filled
    accuracy = np.bincount(place, weights=correct, minlength=bins) / filled
    error = float((count * np.abs(accuracy - mean_confidence)).sum() / len(confidence))
    return Calibration(edges, count, mean_confidence, accuracy, error)
