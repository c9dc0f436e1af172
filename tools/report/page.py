"""The report as one self-contained page that needs no network."""

from collections.abc import Sequence
from html import escape

import numpy as np

from tools.page import html
from tools.page.confusion import confusion_difference
from tools.page.curves import learning_curves
from tools.page.table import Table
from tools.report import tables
from tools.report.comparison import Comparison, counts
from tools.report.gate import Outcome
from tools.report.images import turned
from tools.report.verdict import evidence, notes, verdict
from tools.runs.ranking import mean_curve

_CONFUSION = "plots/confusion.png"
_PICTURES = {
    "plots/reliability.png": "Reliability diagram",
    "plots/templates.png": "Weights of each class",
    "plots/mistakes.png": "Most confident mistakes",
}


def render(comparison: Comparison, outcomes: Sequence[Outcome]) -> str:
    """Return the whole page."""
    return html.document(
        f"Model report: {verdict(comparison)}",
        _header(comparison),
        *map(html.note, notes(comparison)),
        html.section("Gate", _gate(outcomes)),
        html.section("Params", _params(comparison)),
        html.section(
            "Metrics",
            html.table(tables.metrics(comparison.changed_metrics, comparison.test)),
            html.paragraph(evidence(comparison.test)),
            _folded(tables.same_metrics(comparison.same_metrics)),
            _folded(tables.one_sided_metrics(comparison.one_sided_metrics)),
        ),
        html.section("Classes", _classes(comparison)),
        html.section("Learning curves", _curves(comparison)),
        html.section("Confusion matrix", _confusion(comparison), _pair(comparison, _CONFUSION)),
        html.section("Images that changed", _images(comparison)),
        *(html.section(name, _pair(comparison, path)) for path, name in _PICTURES.items()),
    )


def _header(comparison: Comparison) -> str:
    test, tone = comparison.test, ""
    if test and test.is_signal:
        tone = "good" if test.difference > 0 else "bad"
    before, after = (html.code(side.label) for side in (comparison.base, comparison.head))
    sides = f"<p>Before: {before}. After: {after}.</p>"
    return html.header("Model report", verdict(comparison), sides, tone=tone)


def _gate(outcomes: Sequence[Outcome]) -> str:
    items = []
    for outcome in outcomes:
        tone, word = ("bad", "failed") if outcome.failed else ("good", "passed")
        text = f"{html.code(outcome.text)}: {escape(outcome.explanation)}"
        items.append(f'<li class="{tone}"><strong>{word}</strong> {text}</li>')
    return f'<ul class="gate">\n{"".join(items)}\n</ul>' if items else ""


def _params(comparison: Comparison) -> str:
    table = html.table(tables.params(comparison.params))
    return table or html.paragraph("No param changed.")


def _folded(table: Table) -> str:
    return html.folded(table.caption, html.table(table))


def _classes(comparison: Comparison) -> str:
    changes = comparison.classes
    if changes and not any(change.difference for change in changes):
        return html.paragraph("No class changed.")
    return html.table(tables.classes(changes))


def _curves(comparison: Comparison) -> str:
    sides = {"after": comparison.head.history, "before": comparison.base.history}
    curves = {side: mean_curve([history]) for side, history in sides.items() if history}
    if len(curves) < len(sides):
        return ""
    return html.beside(*(html.chart(learning_curves(curves, f)) for f in ("loss", "accuracy")))


def _confusion(comparison: Comparison) -> str:
    before, after = comparison.base.predictions, comparison.head.predictions
    if not comparison.test or not before or not after:
        return ""
    old, new = counts(before), counts(after)
    if np.array_equal(old, new):
        return ""
    return html.chart(confusion_difference(old, new, after.classes))


def _images(comparison: Comparison) -> str:
    before, after = comparison.base.predictions, comparison.head.predictions
    return turned(before, after, "test") if comparison.test and before and after else ""


def _pair(comparison: Comparison, path: str) -> str:
    """Return a picture of the pipeline before and after, or once when it is the same."""
    before, after = comparison.base.pictures.get(path), comparison.head.pictures.get(path)
    if before and before == after:
        same = "the same before and after"
        return html.image(before, f"{path}, {same}", same)
    sides = {"before": before, "after": after}
    return html.beside(
        *(html.image(each, f"{path}, {side}", side) for side, each in sides.items() if each)
    )
