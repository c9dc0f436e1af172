"""What changes from one run to another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from tools.report.split import SPLITS, Split, SplitChange, split_change
from tools.runs.freshness import stale
from tools.runs.predictions import read_predictions
from tools.runs.record import EVALUATE, TRAIN, Interval, Run, interval, numbers
from tools.runs.significance import LEAST

# Which way a metric of such a name gets better.
_RISES = {"accuracy": True, "f1": True, "loss": False, "error": False}

# The images that the metrics of a file were measured on; the others are of no images.
_MEASURED_ON: dict[str, Split] = {TRAIN: "val", EVALUATE: "test"}


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
    split: Split | None  # on whose images it was measured
    before: Decimal | None
    after: Decimal | None
    interval_before: Interval | None  # of 95%
    interval_after: Interval | None

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
class Effect:
    """How the metric that decides moves on the same images."""

    split: SplitChange  # the images
    metric: str
    p: float  # of such a difference when neither model is better
    better: bool | None  # None: no difference that chance does not explain

    @property
    def values(self) -> tuple[Decimal, Decimal]:
        """The metric before and after, on these images."""
        return self.split.scores[self.metric]


@dataclass(frozen=True)
class Change:
    """Two runs side by side."""

    base: Run
    head: Run
    base_is_bare: bool  # it holds nothing to compare with yet
    base_stale: tuple[str, ...]  # what is not as it was when the results were made
    head_stale: tuple[str, ...]
    params: list[ParamChange]
    metrics: list[MetricChange]
    splits: Mapping[Split, SplitChange]  # those with images that both sides hold

    @property
    def effect(self) -> Effect | None:
        """What the change does; None where no images were seen on both sides.

        The validation loss decides. Where the sides hold too few validation images in common, it is
        the test accuracy.
        """
        val, test = self.splits.get("val"), self.splits.get("test")
        if val and val.loss.images >= LEAST:
            better = val.loss.difference < 0 if val.loss.is_signal else None
            return Effect(val, "val_loss", val.loss.p, better)
        if test:
            better = test.accuracy.difference > 0 if test.accuracy.is_signal else None
            return Effect(test, "test_accuracy", test.accuracy.p, better)
        return None

    def on_same_images(self, metric: MetricChange) -> tuple[Decimal, Decimal] | None:
        """Return a metric, which both sides have, on the images that both hold; None: unknown."""
        if metric.before is None or metric.after is None:
            return None
        split = self.splits.get(metric.split) if metric.split else None
        if metric.split is None or (split and split.is_whole):
            return metric.before, metric.after
        return split.scores.get(metric.name) if split else None

    @property
    def is_none(self) -> bool:
        """Whether every metric and every prediction of both sides is the same."""
        return (
            bool(self.splits)
            and not any(change.difference for change in self.metrics)
            and all(
                each.is_whole and np.array_equal(each.before.predicted, each.after.predicted)
                for each in self.splits.values()
            )
        )


def compare(base: Run, head: Run) -> Change:
    """Return what changes from `base` to `head`."""
    params = {**base.params, **head.params}
    changes = [ParamChange(name, base.params.get(name), head.params.get(name)) for name in params]
    before, after = (
        {split: read_predictions(run, split) for split in SPLITS} for run in (base, head)
    )
    both = {split: split_change(split, before[split], after[split]) for split in SPLITS}
    return Change(
        base=base,
        head=head,
        base_is_bare=not any(before.values()),
        base_stale=() if base.is_empty else stale(base.revision),
        head_stale=stale(head.revision),
        params=[change for change in changes if change.before != change.after],
        metrics=list(_metrics(base, head)),
        splits={split: change for split, change in both.items() if change},
    )


def _metrics(base: Run, head: Run) -> Iterator[MetricChange]:
    for path in {**head.metrics, **base.metrics}:
        before, after = (side.metrics.get(path, {}) for side in (base, head))
        old, new = numbers(before), numbers(after)
        for name in {**new, **old}:
            intervals = interval(before, name), interval(after, name)
            split = _MEASURED_ON.get(path)
            yield MetricChange(name, split, old.get(name), new.get(name), *intervals)
