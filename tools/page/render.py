"""The page: one file of HTML that needs no network."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

from tools.page import charts
from tools.page.content import Content, Table
from tools.page.parallel import parallel
from tools.page.vega import vega

_HERE = Path(__file__).parent
# The browser itself keeps the page offline. Vega compiles its expressions.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'"
)


def render(
    contents: Sequence[Content], *, title: str, above: str = "", notes: Sequence[str] = ()
) -> str:
    """Return the whole page.

    Args:
        contents: one, or one for each set of trials that saw the same images.
        title: what it is a page of.
        above: a sentence on all contents.
        notes: what no content shows, a sentence or two each.
    """
    drawn: dict[str, charts.Spec] = {}
    parts = [f'<p class="note">{escape(above)}</p>'] if above else []
    for number, content in enumerate(contents, 1):
        mark = f"-{number}" if number > 1 else ""
        specs = {f"{name}{mark}": spec for name, spec in _charts(content).items()}
        parts += [_header(content, mark), *_sections(content, specs, mark)]
        drawn |= specs
    if notes:
        parts.append(_section("Notes", *(f"<p>{escape(note)}</p>" for note in notes)))
    css = "".join(
        path.read_text(encoding="utf-8")
        for path in (_HERE.parent / "report/page.css", _HERE / "page.css")
    )
    body = "\n".join(parts)
    data = json.dumps(drawn, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}: {escape(contents[0].verdict)}</title>
<style>
{css}</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="charts">{data}</script>
<script>{vega()}</script>
<script>
{(_HERE / "page.js").read_text(encoding="utf-8")}</script>
</body>
</html>
"""


def _charts(content: Content) -> dict[str, charts.Spec]:
    """Return the charts that there is something to draw for, by name."""
    drawn: dict[str, charts.Spec] = {}
    complete = [each for each in content.trials if each.state == "complete"]
    if len(complete) > 1:
        drawn["history"] = charts.history(content.trials, content.one)
        if complete[0].params:
            drawn["parallel"] = parallel(content.trials, content.logarithmic)
    if content.importance:
        drawn["importance"] = charts.importance(content.importance)
    if content.curves:
        drawn["loss"] = charts.learning_curves(content.curves, "loss")
        drawn["accuracy"] = charts.learning_curves(content.curves, "accuracy")
    return drawn


def _header(content: Content, mark: str) -> str:
    command = content.next_command
    following = f"<p>Next:</p>\n<pre><code>{escape(command)}</code></pre>\n" if command else ""
    return f"""<header>
<p class="kicker">{escape(content.kind)}</p>
<h1 id="verdict{mark}">{escape(content.verdict)}</h1>
{following}<p>{escape(content.facts)}</p>
</header>"""


def _sections(content: Content, drawn: dict[str, charts.Spec], mark: str) -> list[str]:
    """Return the sections of a content, whose charts' names end in `mark`."""
    parts = []
    if content.best:
        text = "Validation {} by epoch: the mean over seeds, the band one standard deviation."
        curves = [_chart(f"{name}{mark}", text.format(name)) for name in ("loss", "accuracy")]
        pair = f'<div class="pair">{"".join(curves)}</div>' if content.curves else ""
        parts.append(_section(content.best.title, _table(content.best), pair))
    if f"history{mark}" in drawn:
        text = (
            f"Each point is a {content.one}, in the order of their runs, the line the best so far. "
            "A point at the upper edge is worse than the axis shows."
        )
        if any(each.spread for each in content.trials):
            text += " A bar is one standard deviation over seeds."
        parts.append(_section("History", _chart(f"history{mark}", text)))
    if f"parallel{mark}" in drawn:
        text = (
            f"A line is a {content.complete(content.one)}, "
            "the best orange, the others the bluer the better. "
            "The upper end of val_loss holds all that is worse. "
            "Drag along an axis to keep the lines that cross it there; click it to keep all."
        )
        many = escape(content.complete(content.many), quote=True)
        chosen = (
            f'<p class="chosen"><output data-many="{many}"></output>'
            '<button type="button">show all</button></p>'
        )
        parts.append(_section("Params together", _chart(f"parallel{mark}", text), chosen))
    note = content.importance_note
    chart = _chart(f"importance{mark}", note) if content.importance else f"<p>{escape(note)}</p>"
    parts.append(_section("Importance", chart))
    if content.all:
        parts.append(_section(content.all.title, _folded(content.all)))
    if content.settings:
        code = f"<pre><code>{escape(content.settings)}</code></pre>"
        folded = f"<details><summary>settings</summary>{code}</details>"
        parts.append(_section("search.yaml", folded))
    return parts


def _section(name: str, *contents: str) -> str:
    content = "\n".join(filter(None, contents))
    return f"<section>\n<h2>{escape(name)}</h2>\n{content}\n</section>"


def _chart(name: str, text: str) -> str:
    """Return the place of a chart, with the text that says what it shows."""
    label = escape(text, quote=True)
    return (
        f'<figure><div class="chart" id="{name}" role="img" aria-label="{label}"></div>'
        f"<figcaption>{escape(text)}</figcaption></figure>"
    )


def _folded(table: Table) -> str:
    return f"<details><summary>{escape(table.caption)}</summary>\n{_table(table)}\n</details>"


def _table(table: Table) -> str:
    """Return a table that scrolls sideways where the screen is narrower."""
    header, *rows = table.rows
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "\n".join(map(_row, rows))
    caption = escape(table.caption, quote=True)
    return f"""<div class="scroll" tabindex="0" role="region" aria-label="{caption}">
<table>
<caption><span>{caption}</span></caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>"""


def _row(cells: Sequence[str]) -> str:
    name, *values = map(escape, cells)
    columns = "".join(f"<td>{value}</td>" for value in values)
    return f'<tr><th scope="row">{name}</th>{columns}</tr>'
