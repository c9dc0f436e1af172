"""The report as one self-contained page that needs no network."""

from collections.abc import Sequence
from html import escape

import numpy as np

from stages.common.history import HISTORY
from tools.page import figures, html
from tools.page.confusion import confusion_difference
from tools.page.curves import learning_curves
from tools.report import tables
from tools.report.change import Change
from tools.report.gate import Check
from tools.report.images import turned
from tools.report.split import SplitChange
from tools.report.text import WHY_FOLDED, notes, paired, verdict

_PNG = b"\x89PNG\r\n\x1a\n"
_MODEL = {"plots/templates.png": "Weights of each class"}
_TEST = {  # pictures of the test images
    "plots/confusion.png": "Confusion matrix",
    "plots/reliability.png": "Reliability diagram",
    "plots/mistakes.png": "Most confident mistakes",
}


def render(change: Change, checks: Sequence[Check]) -> str:
    """Return the whole page."""
    val = change.splits.get("val")
    return html.document(
        f"Model report: {verdict(change)}",
        _header(change),
        *map(html.note, notes(change)),
        html.section("Gate", _gate(checks)),
        html.section("Params", _params(change)),
        html.section(
            "Metrics",
            html.table(tables.metrics(change, test=False)),
            html.paragraph(paired(val)),
            html.folded_table(tables.same_metrics(change)),
            html.folded_table(tables.one_sided_metrics(change)),
        ),
        html.section("Validation images", _split(val)),
        html.section("Learning curves", _curves(change)),
        *(html.section(name, _pair(change, path)) for path, name in _MODEL.items()),
        html.section("Test images", html.paragraph(WHY_FOLDED), _test(change)),
    )


def _header(change: Change) -> str:
    better = change.effect.better if change.effect and not change.head_stale else None
    tone = {True: "good", False: "bad", None: ""}[better]
    before, after = (html.code(side.name) for side in (change.base, change.head))
    sides = f"<p>Before: {before}. After: {after}.</p>"
    return html.header("Model report", verdict(change), sides, tone=tone)


def _gate(checks: Sequence[Check]) -> str:
    items = []
    for check in checks:
        tone, word = ("bad", "failed") if check.failed else ("good", "passed")
        text = f"{html.code(check.rule)}: {escape(check.reason)}"
        items.append(f'<li class="{tone}"><strong>{word}</strong> {text}</li>')
    return f'<ul class="gate">\n{"".join(items)}\n</ul>' if items else ""


def _params(change: Change) -> str:
    return html.table(tables.params(change.params)) or html.paragraph("No param changed.")


def _split(split: SplitChange | None) -> str:
    """Return the classes, and what changed in the confusion matrix."""
    if split is None:
        return ""
    table = html.table(tables.classes(split)) + turned(split)
    before, after = split.before.counts, split.after.counts
    if np.array_equal(before, after):
        return table or html.paragraph("No class changed.")
    return table + figures.chart(
        confusion_difference(before, after, split.after.classes), f"-{split.name}"
    )


def _curves(change: Change) -> str:
    if any(side.revision.read(HISTORY.as_posix()) is None for side in (change.base, change.head)):
        return ""
    curves = {"after": change.head.history, "before": change.base.history}
    return figures.beside(
        *(figures.chart(learning_curves(curves, f)) for f in ("loss", "accuracy"))
    )


def _test(change: Change) -> str:
    """Return what the test images say, folded unless they decide."""
    test = change.splits.get("test")
    content = "\n".join(
        (
            html.table(tables.metrics(change, test=True)),
            html.paragraph(paired(test)),
            _split(test),
            *(
                f"<h3>{name}</h3>{pair}"
                for path, name in _TEST.items()
                if (pair := _pair(change, path))
            ),
        )
    )
    if change.effect and change.effect.metric == "test_accuracy":
        return content
    return html.folded("The test metrics, classes and pictures", content)


def _pair(change: Change, path: str) -> str:
    """Return a picture of the pipeline before and after, or once when it is the same."""
    before, after = (side.revision.read(path) for side in (change.base, change.head))
    if before and before == after and before.startswith(_PNG):
        same = "the same before and after"
        return figures.image(before, f"{path}, {same}", same)
    sides = {"before": before, "after": after}
    return figures.beside(
        *(
            figures.image(each, f"{path}, {side}", side)
            for side, each in sides.items()
            if each and each.startswith(_PNG)
        )
    )
