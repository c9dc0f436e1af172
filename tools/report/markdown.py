"""The report as GitHub Markdown, for a comment on a pull request."""

import re
from collections.abc import Iterable, Sequence

from tools.comment import MARKER
from tools.report.comparison import ClassChange, Comparison, MetricChange
from tools.report.figures import NONE, difference, number, p_value, signal, span, trend
from tools.report.gate import Outcome
from tools.report.significance import PairedTest
from tools.report.verdict import notes, verdict

_ENDS_CODE = re.compile(r"[`|\\\x00-\x1f\x7f]")  # ` ends the code, | ends a table's cell


def code(value: object) -> str:
    """Return a value from a file as code: no part of it is taken for Markdown, HTML or a mention."""
    text = " ".join(str(value).split())
    if text and not _ENDS_CODE.search(text):
        return f"`{text}`"
    return f"<code>{''.join(c if c.isalnum() or c == ' ' else f'&#{ord(c)};' for c in text)}</code>"


def table(
    header: Sequence[str], rows: Iterable[Sequence[str]], numeric: Sequence[int] = ()
) -> list[str]:
    """Return the lines of a table; the columns `numeric` are aligned to the right."""
    rule = ["---:" if column in numeric else "---" for column in range(len(header))]
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


def render(comparison: Comparison, outcomes: Sequence[Outcome]) -> str:
    """Return the whole comment; its first line is MARKER."""
    base, head = comparison.base, comparison.head
    lines = [MARKER, "### Model report", "", f"**{_escaped(verdict(comparison))}**", ""]
    lines += [f"Before: {code(base.label)}. After: {code(head.label)}.", ""]
    for note in notes(comparison):
        lines += ["> [!WARNING]", f"> {_escaped(note)}", ""]
    lines += [
        f"- {'❌' if outcome.failed else '✅'} gate {code(outcome.condition.text)}: {_escaped(outcome.explanation)}"
        for outcome in outcomes
    ]
    lines += [""] * bool(outcomes)
    if comparison.params:
        rows = [
            (code(c.name), *(NONE if v is None else code(v) for v in (c.before, c.after)))
            for c in comparison.params
        ]
        lines += [*table(("param", "before", "after"), rows, (1, 2)), ""]
    if comparison.changed_metrics:
        lines += [*_metrics(comparison.changed_metrics, comparison.test), ""]
    if comparison.test and comparison.test.gained + comparison.test.lost:
        lines += [_evidence(comparison.test), ""]
    if any(change.difference for change in comparison.classes):
        lines += _details("Per class, the largest change first", _classes(comparison.classes))
    if comparison.same_metrics and comparison.changed_metrics:
        lines += _details(
            "Metrics that did not change",
            table(
                ("metric", "value"),
                [(code(c.name), number(c.after)) for c in comparison.same_metrics],
                (1,),
            ),
        )
    return "\n".join(lines).rstrip() + "\n"


def _escaped(text: str) -> str:
    return re.sub(
        r"[\\`*>\[\]#@|&~]|<(?=\S)|(?<!\w)_|_(?!\w)", lambda found: f"&#{ord(found[0])};", text
    )


def _details(summary: str, lines: list[str]) -> list[str]:
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>", ""]


def _metrics(changes: list[MetricChange], test: PairedTest | None) -> list[str]:
    rows = []
    for change in changes:
        before, after = (
            number(value) + (f"<br>({span(interval)})" if interval else "")
            for value, interval in (
                (change.before, change.interval_before),
                (change.after, change.interval_after),
            )
        )
        tested = f", {signal(test)}" if test and change.name == "test_accuracy" else ""
        rows.append(
            (
                code(change.name),
                before,
                after,
                difference(change.difference),
                trend(change) + tested,
            )
        )
    return table(("metric", "before", "after", "difference", ""), rows, (1, 2, 3))


def _classes(changes: list[ClassChange]) -> list[str]:
    rows = [
        (
            code(c.name),
            difference(c.difference),
            number(c.f1_before),
            number(c.f1_after),
            difference(c.recall_after - c.recall_before),
            p_value(c.p),
        )
        for c in changes
    ]
    return table(
        ("class", "F1 change", "F1 before", "F1 after", "recall change", "its p"),
        rows,
        (1, 2, 3, 4),
    )


def _evidence(test: PairedTest) -> str:
    low, high = (difference(side) for side in test.interval)
    return (
        f"Of {test.images:,} test images {test.gained:,} are newly right and {test.lost:,} newly wrong: "
        f"{difference(test.difference)} (95% interval {low} to {high}, McNemar's test {p_value(test.p)}). "
        "This compares two trained models; another seed trains another model."
    )
