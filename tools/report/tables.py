"""The tables of the report, made once and shown in Markdown and in HTML."""

from collections.abc import Sequence
from typing import Any

from tools.page.table import Cell, Table
from tools.report.comparison import ClassChange, MetricChange, ParamChange
from tools.report.formatting import NONE, difference, number, p_value, signal, span
from tools.report.results import Interval
from tools.runs.significance import PairedTest


def params(changes: Sequence[ParamChange]) -> Table:
    """Return the params that differ."""
    rows = [(_name(c.name), _value(c.before), _value(c.after)) for c in changes]
    return Table("Params that changed", ("param", "before", "after"), rows)


def metrics(changes: Sequence[MetricChange], test: PairedTest | None) -> Table:
    """Return the metrics that differ, with what `test` says about the test accuracy."""
    rows = [
        (
            _name(change.name),
            _trend(change, test if change.name == "test_accuracy" else None),
            _figure(change.before, change.interval_before),
            _figure(change.after, change.interval_after),
            Cell(difference(change.difference)),
        )
        for change in changes
    ]
    header = ("metric", "change", "before", "after", "difference")
    return Table("Metrics that changed, with 95% intervals", header, rows, words=(1,))


def same_metrics(changes: Sequence[MetricChange]) -> Table:
    """Return the metrics that do not differ."""
    rows = [(_name(change.name), Cell(number(change.after))) for change in changes]
    return Table("Metrics that did not change", ("metric", "value"), rows)


def one_sided_metrics(changes: Sequence[MetricChange]) -> Table:
    """Return the metrics that one side lacks."""
    rows = [(_name(c.name), Cell(number(c.before)), Cell(number(c.after))) for c in changes]
    return Table("Metrics that only one side has", ("metric", "before", "after"), rows)


def classes(changes: Sequence[ClassChange]) -> Table:
    """Return the scores per class."""
    largest = max((abs(change.difference) for change in changes), default=0) or 1
    rows = [
        (
            _name(change.name),
            Cell(difference(change.difference), share=change.difference / largest),
            Cell(number(change.f1_before)),
            Cell(number(change.f1_after)),
            Cell(difference(change.recall_after - change.recall_before)),
            Cell(p_value(change.p)),
        )
        for change in changes
    ]
    return Table(
        "Classes, the largest change of F1 first; "
        "p is of McNemar's test of the recall, adjusted for all classes (Holm)",
        ("class", "F1 change", "F1 before", "F1 after", "recall change", "its p"),
        rows,
        words=(5,),
    )


def _name(name: str) -> Cell:
    return Cell(name, code=True)


def _value(value: Any) -> Cell:
    return Cell(NONE) if value is None else Cell(str(value), code=True)


def _figure(value: Any, interval: Interval | None) -> Cell:
    return Cell(number(value), note=f"({span(interval)})" if interval else "")


def _trend(change: MetricChange, test: PairedTest | None) -> Cell:
    arrow = "↑" if change.difference and change.difference > 0 else "↓"
    if change.better is None:
        return Cell(arrow)
    text = f"{arrow} {'better' if change.better else 'worse'}"
    tone = "good" if change.better else "bad"
    return Cell(text, note=signal(test) if test else "", tone=tone)
