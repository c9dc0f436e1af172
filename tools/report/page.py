"""The report as one self-contained page: no script, and nothing that it would have to load."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from stages.common.figures import png
from stages.common.scoring import confusion_matrix
from tools.report.comparison import ClassChange, Comparison, MetricChange
from tools.report.elements import bar, escaped, image, table
from tools.report.figures import NONE, difference, number, p_value, signal, span, trend
from tools.report.gate import Outcome
from tools.report.pictures import confusion_difference, overlaid_curves
from tools.report.results import Predictions
from tools.report.significance import PairedTest
from tools.report.verdict import notes, verdict

_CSS = Path(__file__).with_name("page.css")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # the browser itself keeps the page offline
_DESCRIBED = {  # the pipeline's pictures that are worth a look side by side
    "plots/confusion.png": "Confusion matrix",
    "plots/reliability.png": "Reliability diagram",
    "plots/templates.png": "Weights of each class",
    "plots/mistakes.png": "Most confident mistakes",
}


def render(comparison: Comparison, outcomes: Sequence[Outcome]) -> str:
    """Return the whole page."""
    title = verdict(comparison)
    tone = (
        ""
        if comparison.test is None or not comparison.test.is_signal
        else "good"
        if comparison.test.difference > 0
        else "bad"
    )
    parts = [
        f'<header class="{tone}">\n<p class="kicker">Model report</p>\n<h1 id="verdict">{_unbroken(escaped(title))}</h1>',
        f"<p>Before: <code>{escaped(comparison.base.label)}</code>.",
        f"After: <code>{escaped(comparison.head.label)}</code>.</p>\n</header>",
        *(f'<p class="note" role="note">{escaped(note)}</p>' for note in notes(comparison)),
        _gate(outcomes),
        _section("Params", _params(comparison)),
        _section("Metrics", _metrics(comparison)),
        _section("Classes", _classes(comparison.classes)),
        _section("Learning curves", _curves(comparison)),
        _section("Confusion", _confusion(comparison)),
        *(
            _section(name, _pair(comparison, path))
            for path, name in _DESCRIBED.items()
            if path != "plots/confusion.png"
        ),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Model report: {escaped(title)}</title>\n<style>\n{_CSS.read_text()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(filter(None, parts))
        + "\n</main>\n</body>\n</html>\n"
    )


def _unbroken(text: str) -> str:
    return text.replace("p = ", "p&nbsp;=&nbsp;").replace("p &lt; ", "p&nbsp;&lt;&nbsp;")


def _section(name: str, content: str) -> str:
    return f"<section>\n<h2>{escaped(name)}</h2>\n{content}\n</section>" if content else ""


def _gate(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return ""
    items = (
        f'<li class="{"bad" if outcome.failed else "good"}"><strong>{"failed" if outcome.failed else "passed"}</strong> '
        f"<code>{escaped(outcome.condition.text)}</code>: {escaped(outcome.explanation)}</li>"
        for outcome in outcomes
    )
    return _section("Gate", f'<ul class="gate">{"".join(items)}</ul>')


def _params(comparison: Comparison) -> str:
    if not comparison.params:
        return "<p>No param changed.</p>"
    rows = [
        (
            escaped(c.name),
            *(
                NONE if value is None else f"<code>{escaped(str(value))}</code>"
                for value in (c.before, c.after)
            ),
        )
        for c in comparison.params
    ]
    return table(("param", "before", "after"), rows, "Params that changed")


def _metrics(comparison: Comparison) -> str:
    header = ("metric", "before", "after", "change", "")
    parts = []
    if comparison.changed_metrics:
        rows = [_metric(change, comparison.test) for change in comparison.changed_metrics]
        parts.append(table(header, rows, "Metrics that changed; 95% intervals in brackets"))
    if comparison.test and comparison.test.gained + comparison.test.lost:
        parts.append(_evidence(comparison.test))
    if comparison.same_metrics:
        same = table(
            ("metric", "value"),
            [(escaped(c.name), number(c.after)) for c in comparison.same_metrics],
            "The same on both sides",
        )
        parts.append(
            f"<details><summary>{len(comparison.same_metrics)} metrics did not change</summary>\n{same}\n</details>"
        )
    return "\n".join(parts)


def _metric(change: MetricChange, test: PairedTest | None) -> tuple[str, ...]:
    before, after = (
        number(value) + (f" <small>({span(interval)})</small>" if interval else "")
        for value, interval in (
            (change.before, change.interval_before),
            (change.after, change.interval_after),
        )
    )
    tone = {True: "good", False: "bad", None: ""}[change.better]
    tested = f" <small>{signal(test)}</small>" if test and change.name == "test_accuracy" else ""
    name = escaped(change.name).replace("_", "_<wbr>")
    return (
        name,
        before,
        after,
        difference(change.difference),
        f'<span class="{tone}">{trend(change)}</span>{tested}',
    )


def _evidence(test: PairedTest) -> str:
    low, high = (difference(side) for side in test.interval)
    return (
        f"<p>Of {test.images:,} test images <strong>{test.gained:,}</strong> are newly right and "
        f"<strong>{test.lost:,}</strong> newly wrong: test accuracy {difference(test.difference)}, 95% interval "
        f"{low} to {high}, McNemar's test {p_value(test.p)}. The test compares these two trained models on images like "
        "these. Another seed trains another model: before a difference is credited to a param, repeat it over seeds. "
        "Only right and wrong answers are kept in git, so no other metric is tested.</p>"
    )


def _classes(changes: list[ClassChange]) -> str:
    if not any(change.difference for change in changes):
        return "<p>No class changed.</p>" if changes else ""
    largest = max(abs(change.difference) for change in changes)
    rows = [
        (
            escaped(c.name),
            difference(c.difference),
            bar(c.difference / largest),
            number(c.f1_before),
            number(c.f1_after),
            difference(c.recall_after - c.recall_before),
            p_value(c.p),
        )
        for c in changes
    ]
    header = ("class", "F1 change", "", "F1 before", "F1 after", "recall change", "p")
    return table(
        header,
        rows,
        "Largest change of F1 first; p: McNemar's test of the recall, adjusted for all classes (Holm)",
    )


def _curves(comparison: Comparison) -> str:
    before, after = comparison.base.history, comparison.head.history
    if not before or not after:
        return ""
    text = "Loss and accuracy by epoch on the training and validation images, before and after"
    return image(png(overlaid_curves(before, after)), text, "Before in orange, after in blue")


def _counts(predictions: Predictions) -> np.ndarray:
    """Return the confusion matrix [K, K]."""
    return confusion_matrix(predictions.actual, predictions.predicted, len(predictions.classes))


def _confusion(comparison: Comparison) -> str:
    before, after = comparison.base.predictions, comparison.head.predictions
    pair = _pair(comparison, "plots/confusion.png")
    if not comparison.test or before is None or after is None:
        return pair
    figure = confusion_difference(_counts(before), _counts(after), after.classes)
    text = "Difference of the two confusion matrices, in images; blue cells are improvements"
    return image(png(figure), text, "After minus before, in images") + pair


def _pair(comparison: Comparison, path: str) -> str:
    """Return a picture of the pipeline before and after, or once when it is the same."""
    before, after = comparison.base.pictures.get(path), comparison.head.pictures.get(path)
    name, file = _DESCRIBED[path], PurePosixPath(path).name
    if before and before == after:
        return image(
            before, f"{name}, the same before and after", f"{file}, the same before and after"
        )
    sides = [
        image(picture, f"{name}, {side}", side)
        for side, picture in (("before", before), ("after", after))
        if picture
    ]
    return f'<div class="pair">\n{"".join(sides)}\n</div>' if sides else ""
