"""The report as one self-contained page: no script, and nothing to load."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np

from stages.common.figures import png
from tools.report import tables
from tools.report.comparison import Comparison, counts
from tools.report.gate import Outcome
from tools.report.pictures import confusion_difference, overlaid_curves
from tools.report.verdict import evidence, notes, verdict

_CSS = Path(__file__).with_name("page.css")
# The browser itself keeps the page offline.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_CONFUSION = "plots/confusion.png"
_PICTURES = {
    "plots/reliability.png": "Reliability diagram",
    "plots/templates.png": "Weights of each class",
    "plots/mistakes.png": "Most confident mistakes",
}


def render(comparison: Comparison, outcomes: Sequence[Outcome]) -> str:
    """Return the whole page."""
    title = escape(verdict(comparison))
    parts = [
        _header(comparison, title),
        *(f'<p class="note" role="note">{escape(note)}</p>' for note in notes(comparison)),
        _section("Gate", _gate(outcomes)),
        _section("Params", _table(tables.params(comparison.params)) or "<p>No param changed.</p>"),
        _section(
            "Metrics",
            _table(tables.metrics(comparison.changed_metrics, comparison.test)),
            _paragraph(evidence(comparison.test)),
            _folded(tables.same_metrics(comparison.same_metrics)),
            _folded(tables.one_sided_metrics(comparison.one_sided_metrics)),
        ),
        _section("Classes", _classes(comparison)),
        _section("Learning curves", _curves(comparison)),
        _section("Confusion matrix", _confusion(comparison), _pair(comparison, _CONFUSION)),
        *(_section(name, _pair(comparison, path)) for path, name in _PICTURES.items()),
    ]
    return _document(title, "\n".join(filter(None, parts)))


def _document(title: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model report: {title}</title>
<style>
{_CSS.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _header(comparison: Comparison, title: str) -> str:
    test, tone = comparison.test, ""
    if test and test.is_signal:
        tone = "good" if test.difference > 0 else "bad"
    # A p value stays on one line.
    title = title.replace("p = ", "p&nbsp;=&nbsp;").replace("p &lt; ", "p&nbsp;&lt;&nbsp;")
    return f"""<header class="{tone}">
<p class="kicker">Model report</p>
<h1 id="verdict">{title}</h1>
<p>Before: {_code(comparison.base.label)}. After: {_code(comparison.head.label)}.</p>
</header>"""


def _section(name: str, *contents: str) -> str:
    content = "\n".join(filter(None, contents))
    return f"<section>\n<h2>{name}</h2>\n{content}\n</section>" if content else ""


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _gate(outcomes: Sequence[Outcome]) -> str:
    items = []
    for outcome in outcomes:
        tone, word = ("bad", "failed") if outcome.failed else ("good", "passed")
        text = f"{_code(outcome.text)}: {escape(outcome.explanation)}"
        items.append(f'<li class="{tone}"><strong>{word}</strong> {text}</li>')
    return f'<ul class="gate">\n{"".join(items)}\n</ul>' if items else ""


def _table(table: tables.Table) -> str:
    """Return a table that scrolls sideways where the screen is narrower."""
    if not table.rows:
        return ""
    caption = escape(table.caption)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    body = "\n".join(map(_row, table.rows))
    return f"""<div class="scroll" tabindex="0" role="region" aria-label="{caption}">
<table>
<caption>{caption}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>"""


def _row(cells: Sequence[tables.Cell]) -> str:
    name, *values = map(_cell, cells)
    columns = "".join(f"<td>{value}</td>" for value in values)
    return f'<tr><th scope="row">{name}</th>{columns}</tr>'


def _cell(cell: tables.Cell) -> str:
    text = _code(cell.text) if cell.code else escape(cell.text)
    if cell.tone:
        text = f'<span class="{cell.tone}">{text}</span>'
    if cell.note:
        text += f" <small>{escape(cell.note)}</small>"
    if cell.share is not None:
        text += _bar(cell.share)
    return text


def _bar(share: float) -> str:
    """Return a bar from the middle to the right or left, `share` in [-1, 1] of that half."""
    tone = "good" if share > 0 else "bad"
    width = 50 * abs(share)
    left = 50.0 if share > 0 else 50 - width
    style = f"left:{left:.1f}%;width:{width:.1f}%"
    return f' <span class="bar {tone}" aria-hidden="true"><i style="{style}"></i></span>'


def _folded(table: tables.Table) -> str:
    if not table.rows:
        return ""
    return f"<details><summary>{escape(table.caption)}</summary>\n{_table(table)}\n</details>"


def _image(content: bytes, text: str, caption: str) -> str:
    """Return a PNG as a figure, embedded, with `text` for those who cannot see it."""
    data = base64.b64encode(content).decode()
    # A PNG's size is in its header. The pictures have 144 pixels where a page has 96.
    width, height = (int.from_bytes(content[at : at + 4], "big") * 96 // 144 for at in (16, 20))
    source = f'src="data:image/png;base64,{data}" width="{width}" height="{height}"'
    return (
        f'<figure><img {source} alt="{escape(text)}"><figcaption>{escape(caption)}</figcaption>'
        "</figure>"
    )


def _classes(comparison: Comparison) -> str:
    changes = comparison.classes
    if changes and not any(change.difference for change in changes):
        return "<p>No class changed.</p>"
    return _table(tables.classes(changes))


def _curves(comparison: Comparison) -> str:
    before, after = comparison.base.history, comparison.head.history
    if not before or not after:
        return ""
    return _beside(
        _image(
            png(overlaid_curves(before, after, score)),
            f"{score} by epoch on the training and validation images, before and after",
            f"{score}, before in orange, after in blue",
        )
        for score in ("loss", "accuracy")
    )


def _beside(images: Iterable[str]) -> str:
    content = "".join(images)
    return f'<div class="pair">\n{content}\n</div>' if content else ""


def _confusion(comparison: Comparison) -> str:
    before, after = comparison.base.predictions, comparison.head.predictions
    if not comparison.test or not before or not after:
        return ""
    old, new = counts(before), counts(after)
    if np.array_equal(old, new):
        return ""
    figure = confusion_difference(old, new, after.classes)
    text = "Difference of the two confusion matrices, in images; blue cells are improvements"
    return _image(png(figure), text, "After minus before, in images")


def _pair(comparison: Comparison, path: str) -> str:
    """Return a picture of the pipeline before and after, or once when it is the same."""
    before, after = comparison.base.pictures.get(path), comparison.head.pictures.get(path)
    if before and before == after:
        same = "the same before and after"
        return _image(before, f"{path}, {same}", same)
    sides = {"before": before, "after": after}
    return _beside(_image(each, f"{path}, {side}", side) for side, each in sides.items() if each)
