"""What changed between two runs.

N test images, K classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from stages.common.scoring import ClassScores, class_scores, confusion_matrix
from tools.report.results import Predictions, Results
from tools.report.significance import PairedTest, holm, paired_test


@dataclass(frozen=True)
class ParamChange:
    """A param of params.yaml whose value differs; None where it does not exist."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class MetricChange:
    """A metric before and after; None where it does not exist."""

    name: str
    before: Decimal | None
    after: Decimal | None
    interval_before: tuple[Decimal, Decimal] | None = None  # 95%
    interval_after: tuple[Decimal, Decimal] | None = None

    @property
    def difference(self) -> Decimal | None:
        """After minus before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def better(self) -> bool | None:
        """Whether the change is for the better; None without one, or when the metric has no better side."""
        rises = {"accuracy": True, "f1": True, "loss": False, "error": False}
        wanted = next((up for word, up in rises.items() if word in self.name), None)
        return None if wanted is None or not self.difference else (self.difference > 0) == wanted


@dataclass(frozen=True)
class ClassChange:
    """How one class fares before and after."""

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
        """The metrics that differ."""
        return [change for change in self.metrics if change.before != change.after]

    @property
    def same_metrics(self) -> list[MetricChange]:
        """The metrics that do not."""
        return [change for change in self.metrics if change.before == change.after]


def compare(base: Results, head: Results) -> Comparison:
    """Return what changes from `base` to `head`."""
    before, after = base.predictions, head.predictions
    paired = comparable(base, head)
    return Comparison(
        base=base,
        head=head,
        params=_params(base.params, head.params),
        metrics=_metrics(base.metrics, head.metrics),
        test=paired_test(before.right, after.right) if paired and before and after else None,
        classes=_classes(before, after) if paired and before and after else [],
    )


def comparable(base: Results, head: Results) -> bool:
    """Return whether both models were tested on the same images, by the files' digests and the true classes."""
    before, after = base.predictions, head.predictions
    if before is None or after is None or base.test_files != head.test_files:
        return False
    return before.classes == after.classes and np.array_equal(before.actual, after.actual)


def _params(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ParamChange]:
    changes = [ParamChange(name, before.get(name), after.get(name)) for name in {**before, **after}]
    return [change for change in changes if change.before != change.after]


def _metrics(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> list[MetricChange]:
    names = {**after, **before}
    bounds = {f"{name}_{side}" for name in names for side in ("low", "high")}
    return [
        MetricChange(
            name, before.get(name), after.get(name), _interval(before, name), _interval(after, name)
        )
        for name in names
        if name not in bounds
    ]


def _interval(metrics: Mapping[str, Decimal], name: str) -> tuple[Decimal, Decimal] | None:
    low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
    return None if low is None or high is None else (low, high)


def scores(predictions: Predictions) -> ClassScores:
    """Return the scores per class of predictions."""
    return class_scores(
        confusion_matrix(predictions.actual, predictions.predicted, len(predictions.classes))
    )


def _classes(before: Predictions, after: Predictions) -> list[ClassChange]:
    old, new = scores(before), scores(after)
    rows = [before.actual == number for number in range(len(before.classes))]
    values = holm(
        [paired_test(before.right[of_class], after.right[of_class]).p for of_class in rows]
    )
    figures = zip(
        old.f1.tolist(),
        new.f1.tolist(),
        old.recall.tolist(),
        new.recall.tolist(),
        values,
        strict=True,
    )
    changes = [
        ClassChange(name, *of_class) for name, of_class in zip(before.classes, figures, strict=True)
    ]
    return sorted(changes, key=lambda change: -abs(change.difference))
