"""How good the model is on pictures whose classes are known, beside how good it is on test images.

N pictures, K classes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.common.errors import DataError
from stages.common.files import read_json
from stages.common.model import MODEL, Model
from stages.common.scoring import confusion_matrix, wilson_interval
from tools.predict.predicting import Prediction
from tools.runs.lock import LOCK, parse_lock

METRICS = Path("metrics/evaluate.json")


@dataclass(frozen=True)
class Accuracy:
    """How many images a model gets right."""

    right: int
    images: int  # at least 1

    @property
    def share(self) -> float:
        """The accuracy itself."""
        return self.right / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95% interval."""
        return wilson_interval(self.right, self.images)


@dataclass(frozen=True)
class Difference:
    """One accuracy minus another, of independent images."""

    value: float
    low: float  # of the 95% interval
    high: float

    @property
    def is_signal(self) -> bool:
        """Whether chance alone brings such a difference in fewer than 5 of 100 cases."""
        return not self.low <= 0 <= self.high


def difference(one: Accuracy, other: Accuracy) -> Difference:
    """Return `one` minus `other` with its 95% interval, from the Wilson intervals of the two.

    Source: R. G. Newcombe (1998), "Interval estimation for the difference between independent
    proportions: comparison of eleven methods", Statistics in Medicine 17:873-890, method 10.
    """
    value = one.share - other.share
    (low, high), (other_low, other_high) = one.interval, other.interval
    return Difference(
        value,
        value - math.hypot(one.share - low, other_high - other.share),
        value + math.hypot(high - one.share, other.share - other_low),
    )


@dataclass(frozen=True)
class Evaluated:
    """How good the model is on the test images."""

    accuracy: Accuracy
    recall: np.ndarray  # [K] float64, of each class


@dataclass(frozen=True)
class Judgement:
    """Predictions beside what the pictures show."""

    predictions: Sequence[Prediction]  # [N]
    labels: np.ndarray  # [N] int64, 0..K-1
    confusion: np.ndarray  # [K, K] int64: rows are the labels, columns the predicted classes
    test: Evaluated | None
    no_test: str  # why there is none; ""

    @property
    def accuracy(self) -> Accuracy:
        """On the pictures."""
        return Accuracy(int(np.trace(self.confusion)), len(self.labels))

    @property
    def difference(self) -> Difference | None:
        """The accuracy minus that on the test images."""
        return difference(self.accuracy, self.test.accuracy) if self.test else None

    @property
    def same_mix(self) -> float | None:
        """The accuracy on test images, were their classes as frequent as those of the pictures."""
        counts = self.confusion.sum(axis=1)
        return float(counts @ self.test.recall / counts.sum()) if self.test else None

    @property
    def mistakes(self) -> list[int]:
        """The rows of the wrong predictions, those with the least probable true class first."""
        given = [each.probabilities[label] for each, label in self._rows()]
        wrong = [row for row, (each, label) in enumerate(self._rows()) if each.order[0] != label]
        return sorted(wrong, key=lambda row: float(given[row]))

    def _rows(self) -> list[tuple[Prediction, int]]:
        return list(zip(self.predictions, self.labels.tolist(), strict=True))


def judge(
    predictions: Sequence[Prediction], labels: Mapping[Path, int], model: Model, folder: Path
) -> Judgement:
    """Compare predictions with what their files show.

    Args:
        predictions: at least one.
        labels: of their files.
        model: which predicted.
        folder: that the model is from; only the pipeline's own has a test accuracy.
    """
    true = np.array([labels[each.path] for each in predictions])
    predicted = np.array([each.order[0] for each in predictions])
    confusion = confusion_matrix(true, predicted, len(model.info.classes))
    test, reason = _test_scores(model) if folder == MODEL else (None, f"{folder} has no metrics")
    return Judgement(predictions, true, confusion, test, reason)


def _test_scores(model: Model) -> tuple[Evaluated | None, str]:
    """Return the scores that evaluate wrote for data/model, or None and why there are none."""
    if not METRICS.is_file() or not Path(LOCK).is_file():
        return None, f"there is no {METRICS}; `dvc repro` writes it"
    lock = parse_lock(Path(LOCK).read_bytes())
    stage = lock.stages.get("evaluate")
    evaluated = [dep.md5 for dep in stage.deps if dep.path == str(MODEL)] if stage else []
    metrics = read_json(METRICS)
    try:
        classes = [row["class"] for row in metrics["classes"]]
        images = sum(row["images"] for row in metrics["classes"])
        recall = np.array([row["recall"] for row in metrics["classes"]], np.float64)
        accuracy = Accuracy(round(metrics["test_accuracy"] * images), images)
    except (KeyError, TypeError, ValueError) as problem:
        raise DataError(f"{METRICS}: not written by evaluate; `dvc repro` writes it") from problem
    if evaluated != [lock.written.get(str(MODEL))] or classes != list(model.info.classes):
        return None, f"{METRICS} is of another model; `dvc repro` evaluates this one"
    return Evaluated(accuracy, recall), ""
