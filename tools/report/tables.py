"""The tables of the report, made once and shown in Markdown and in HTML."""

from collections.abc import Sequence
from typing import Any

from stages.common.scoring import wilson_interval
from tools.page.table import Cell, Table
from tools.report.change import Change, MetricChange, ParamChange
from tools.report.split import SPLITS, SplitChange
from tools.report.text import NONE, difference, number, p_value, span
from tools.runs.record import Interval
from tools.runs.significance import PairedLoss, PairedTest


def params(changes: Sequence[ParamChange]) -> Table:
    """Return the params that differ."""
    rows = [(_name(c.name), _value(c.before), _value(c.after)) for c in changes]
    return Table("Params that changed", ("param", "before", "after"), rows)


def metrics(change: Change, *, test: bool) -> Table:
    """Return the metrics that differ: those of the test images, or all others."""
    tests: dict[str, PairedTest | PairedLoss] = {}
    for split, both in change.splits.items():
        if both.is_whole:
            tests |= {f"{split}_loss": both.loss, f"{split}_accuracy": both.accuracy}
    rows = [
        (
            _name(each.name),
            _trend(each, tests.get(each.name)),
            _metric(each.before, each.interval_before),
            _metric(each.after, each.interval_after),
            Cell(difference(each.difference)),
        )
        for each in sorted(change.metrics, key=lambda each: not each.name.startswith("val_"))
        if each.difference and (each.split == "test") == test
    ]
    header = ("metric", "change", "before", "after", "difference")
    caption = "Metrics of the test images, with 95% intervals" if test else "Metrics that changed"
    return Table(caption, header, rows, words=(1,))


def same_metrics(change: Change) -> Table:
    """Return the metrics that do not differ, none where all are the same."""
    same = [each for each in change.metrics if each.difference == 0]
    rows = [(_name(each.name), Cell(number(each.after))) for each in same]
    if not any(each.difference for each in change.metrics):
        rows = []
    return Table("Metrics that did not change", ("metric", "value"), rows)


def one_sided_metrics(change: Change) -> Table:
    """Return the metrics that one side lacks."""
    lacking = [each for each in change.metrics if each.difference is None]
    rows = [(_name(c.name), Cell(number(c.before)), Cell(number(c.after))) for c in lacking]
    return Table("Metrics that only one side has", ("metric", "before", "after"), rows)


def classes(split: SplitChange) -> Table:
    """Return the scores per class, no rows where none changed."""
    changes = split.classes
    largest = max((abs(change.difference) for change in changes), default=0) or 1
    rows = [
        (
            _name(change.name),
            Cell(difference(change.difference), share=change.difference / largest),
            _accuracy(change.right_before, change.images),
            _accuracy(change.right_after, change.images),
            Cell(p_value(change.p)),
            Cell(number(change.f1_before)),
            Cell(number(change.f1_after)),
        )
        for change in changes
    ]
    return Table(
        f"Classes on the {SPLITS[split.name]} images, the largest change of F1 first. The accuracy "
        "of a class is the share of its images that are right (recall), with its 95% interval; "
        "its p is of McNemar's test, adjusted for all classes (Holm).",
        (
            *("class", "F1 change", "accuracy before", "accuracy after", "its p"),
            *("F1 before", "F1 after"),
        ),
        rows if any(change.difference for change in changes) else [],
        words=(4,),
    )


def _name(name: str) -> Cell:
    return Cell(name, code=True)


def _value(value: Any) -> Cell:
    return Cell(NONE) if value is None else Cell(str(value), code=True)


def _metric(value: Any, interval: Interval | None) -> Cell:
    return Cell(number(value), note=f"({span(interval)})" if interval else "")


def _accuracy(right: int, images: int) -> Cell:
    if not images:
        return Cell(NONE)
    return Cell(number(right / images), note=f"({span(wilson_interval(right, images))})")


def _trend(change: MetricChange, test: PairedTest | PairedLoss | None) -> Cell:
    arrow = "↑" if change.difference and change.difference > 0 else "↓"
    if change.better is None:
        return Cell(arrow)
    text = f"{arrow} {'better' if change.better else 'worse'}"
    note = (
        ""
        if test is None
        else f"{'signal' if test.is_signal else 'may be chance'}, {p_value(test.p)}"
    )
    return Cell(text, note=note, tone="good" if change.better else "bad")
