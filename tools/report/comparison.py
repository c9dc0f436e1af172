"""What changed between two runs.

N test images, K classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from stages.common.scoring import class_scores, confusion_matrix
from tools.report.results import Interval, Predictions, Results
from tools.runs.significance import PairedTest, holm, paired_test

# Which way a metric of such a name gets better.
_RISES = {"accuracy": True, "f1": True, "loss": False, "error": False}


@dataclass(frozen=True)
class ParamChange:
    """A param whose value differs; None where there is no such param."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class MetricChange:
    """A metric before and after; None where there is no such metric."""

    name: str
    before: Decimal | None
    after: Decimal | None
    interval_before: Interval | None = None  # of 95%
    interval_after: Interval | None = None

    @property
    def difference(self) -> Decimal | None:
        """After minus before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def better(self) -> bool | None:
        """Whether the change is for the better; None without one, or without a better side."""
        rises = next((up for word, up in _RISES.items() if word in self.name), None)
        return None if rises is None or not self.difference else (self.difference > 0) == rises


@dataclass(frozen=True)
class ClassChange:
    """The scores of one class before and after."""

    name: str
    f1_before: float
    f1_after: float
    recall_before: float
    recall_after: float
    p: float  # of the difference in recall, adjusted for K classes

    @property
    def difference(self) -> float:
        """F1 after minus F1 before."""
        return self.f1_after - self.f1_before


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side. `test` and `classes` need the same test split on both sides."""

    base: Results
    head: Results
    params: list[ParamChange]
    metrics: list[MetricChange]
    test: PairedTest | None
    classes: list[ClassChange]  # the largest change of F1 first

    @property
    def changed_metrics(self) -> list[MetricChange]:
        """The metrics that both sides have and that differ."""
        return [change for change in self.metrics if change.difference]

    @property
    def same_metrics(self) -> list[MetricChange]:
        """The metrics that both sides have and that do not differ."""
        return [change for change in self.metrics if change.difference == 0]

    @property
    def one_sided_metrics(self) -> list[MetricChange]:
        """The metrics that one side lacks."""
        return [change for change in self.metrics if change.difference is None]


def compare(base: Results, head: Results) -> Comparison:
    """Return what changes from `base` to `head`."""
    before, after = base.predictions, head.predictions
    test, classes = None, []
    if before and after and base.test_files == head.test_files and _same_images(before, after):
        test, classes = paired_test(before.right, after.right), _classes(before, after)
    names = {**head.metrics, **base.metrics}
    return Comparison(
        base=base,
        head=head,
        params=_params(base.params, head.params),
        metrics=[_metric(name, base, head) for name in names],
        test=test,
        classes=classes,
    )


def counts(predictions: Predictions) -> np.ndarray:
    """Return the confusion matrix [K, K] of predictions."""
    return confusion_matrix(predictions.actual, predictions.predicted, len(predictions.classes))


def _same_images(before: Predictions, after: Predictions) -> bool:
    return before.classes == after.classes and np.array_equal(before.actual, after.actual)


def _params(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ParamChange]:
    changes = [ParamChange(name, before.get(name), after.get(name)) for name in {**before, **after}]
    return [change for change in changes if change.before != change.after]


def _metric(name: str, base: Results, head: Results) -> MetricChange:
    return MetricChange(
        name,
        base.metrics.get(name),
        head.metrics.get(name),
        base.intervals.get(name),
        head.intervals.get(name),
    )


def _classes(before: Predictions, after: Predictions) -> list[ClassChange]:
    old, new = class_scores(counts(before)), class_scores(counts(after))
    images = [before.actual == number for number in range(len(before.classes))]
    p_values = holm([paired_test(before.right[of], after.right[of]).p for of in images])
    scores = (old.f1.tolist(), new.f1.tolist(), old.recall.tolist(), new.recall.tolist(), p_values)
    changes = [ClassChange(*figures) for figures in zip(before.classes, *scores, strict=True)]
    return sorted(changes, key=lambda change: -abs(change.difference))
