"""The page: one file of HTML that needs no network."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import vl_convert

from tools.search.page import charts
from tools.search.page.content import Content, Table, Trial
from tools.search.page.parallel import parallel
from tools.setup.plots_template import VEGA_LITE

_HERE = Path(__file__).parent
# The browser itself keeps the page offline. Vega compiles its expressions.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'"
)


def render(content: Content) -> str:
    """Return the whole page."""
    drawn = _charts(content)
    css = "".join(
        path.read_text() for path in (_HERE.parents[1] / "report/page.css", _HERE / "page.css")
    )
    body = "\n".join(filter(None, _sections(content, drawn)))
    # Its stub forgets a default.
    vega = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
    data = json.dumps(drawn, allow_nan=False).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(content.kind)}: {escape(content.verdict)}</title>
<style>
{css}</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="charts">{data}</script>
<script>{vega}</script>
<script>
{(_HERE / "page.js").read_text()}</script>
</body>
</html>
"""


def _charts(content: Content) -> dict[str, charts.Spec]:
    """Return the charts that there is something to draw for, by name."""
    drawn: dict[str, charts.Spec] = {"history": charts.history(content.trials)}
    complete = [each for each in content.trials if each.state == "complete"]
    if len(complete) > 1 and complete[0].params:
        drawn["parallel"] = parallel(content.trials, content.logarithmic)
    if content.importance:
        drawn["importance"] = charts.importance(content.importance)
    if content.curves:
        drawn["loss"] = charts.learning_curves(content.curves, "loss")
        drawn["accuracy"] = charts.learning_curves(content.curves, "accuracy")
    return drawn


def _sections(content: Content, drawn: dict[str, Any]) -> list[str]:
    parts = [
        f"""<header>
<p class="kicker">{escape(content.kind)}</p>
<h1 id="verdict">{escape(content.verdict)}</h1>
<p>Next:</p>
<pre><code>{escape(content.next_command)}</code></pre>
<p>{escape(content.facts)}</p>
</header>"""
    ]
    if content.groups:
        curves = [_chart(name, f"Validation {name} by epoch") for name in ("loss", "accuracy")]
        pair = f'<div class="pair">{"".join(curves)}</div>' if "loss" in drawn else ""
        parts.append(_section("Finalists", _table(content.groups), pair))
    text = (
        "Each point is a trial, the line the best complete one so far. "
        "A trial at the upper edge is worse than the axis shows."
    )
    parts.append(_section("History", _chart("history", text)))
    if "parallel" in drawn:
        text = (
            "A line is a complete trial, the best one orange, the others the bluer the better. "
            "Drag along an axis to keep the trials that cross it there; click it to keep all."
        )
        chosen = (
            '<p class="chosen"><output id="chosen"></output>'
            '<button id="clear" type="button">show all</button></p>'
        )
        parts.append(_section("Params together", _chart("parallel", text), chosen))
    chart = _chart("importance", content.importance_note) if "importance" in drawn else ""
    parts.append(_section("Importance", chart or f"<p>{escape(content.importance_note)}</p>"))
    parts.append(_section("All trials", _folded(_all_trials(content.trials))))
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


def _all_trials(trials: Sequence[Trial]) -> Table:
    params = list(trials[0].params) if trials else []
    header = ["trial", "state", *params, "val_loss", "val_accuracy", "epochs"]
    rows = [header]
    for trial in trials:
        figures = ["" if x is None else f"{x:.4f}" for x in (trial.val_loss, trial.val_accuracy)]
        values = [str(trial.params[name]) for name in params]
        rows.append([trial.name, trial.state, *values, *figures, str(trial.epochs)])
    return Table(f"{len(trials)} trials", rows)


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
