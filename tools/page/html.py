"""The one skeleton of a page, and its parts: a file of HTML that needs no network.

Each function returns HTML. What it is given is text, but for `parts` and `contents`, which are
HTML already.
"""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from tools.page.table import Cell, Table
from tools.page.vega import vega

_HERE = Path(__file__).parent


def document(title: str, *parts: str) -> str:
    """Return the whole page.

    The browser itself keeps the page offline, and runs no script but the page's own: these are
    named by their digests.
    """
    body = _joined(parts)
    scripts = [vega(), _read("page.js")] if 'class="chart"' in body else [_read("page.js")]
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {digests}"
    run = "\n".join(f"<script>{each}</script>" for each in scripts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{_read("page.css")}</style>
</head>
<body>
<main>
{body}
</main>
{run}
</body>
</html>
"""


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def header(kicker: str, verdict: str, *contents: str, tone: str = "", mark: str = "") -> str:
    """Return the card on top.

    Args:
        kicker: what the page, or this part of it, is of.
        verdict: the one sentence that matters.
        contents: what stands below.
        tone: "good" or "bad".
        mark: the end of the heading's id.
    """
    # A p value stays on one line.
    kept = escape(verdict).replace("p = ", "p&nbsp;=&nbsp;").replace("p &lt; ", "p&nbsp;&lt;&nbsp;")
    return f"""<header class="{tone}">
<p class="kicker">{escape(kicker)}</p>
<h1 id="verdict{mark}">{kept}</h1>
{_joined(contents)}
</header>"""


def section(name: str, *contents: str) -> str:
    """Return a card with a heading, or nothing where there are no contents."""
    content = _joined(contents)
    return f"<section>\n<h2>{escape(name)}</h2>\n{content}\n</section>" if content else ""


def _joined(contents: Sequence[str]) -> str:
    return "\n".join(filter(None, contents))


def paragraph(text: str) -> str:
    """Return a paragraph, or nothing where there is no text."""
    return f"<p>{escape(text)}</p>" if text else ""


def note(text: str) -> str:
    """Return a card with a sentence that a reader must know."""
    return f'<p class="note" role="note">{escape(text)}</p>'


def code(text: str) -> str:
    """Return a name or a value from a file."""
    return f"<code>{escape(text)}</code>"


def block(text: str) -> str:
    """Return a command to type, or a file."""
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def folded(summary: str, content: str) -> str:
    """Return contents that open at a click, or nothing where there are none."""
    if not content:
        return ""
    return f"<details><summary>{escape(summary)}</summary>\n{content}\n</details>"


def folded_table(content: Table) -> str:
    """Return a table that opens at a click on its caption, or nothing where it has no rows."""
    return folded(content.caption, table(content, is_told=True))


def table(content: Table, *, is_told: bool = False) -> str:
    """Return a table, or nothing where it has no rows; it scrolls sideways on a small screen.

    Args:
        content: the table.
        is_told: its caption is seen already.
    """
    if not content.rows:
        return ""
    caption = escape(content.caption)
    told = "" if is_told else f"<caption><span>{caption}</span></caption>\n"
    words = set(content.words)
    head = "".join(
        f'<th{_align(at, words)} scope="col">{escape(name)}</th>'
        for at, name in enumerate(content.header)
    )
    body = "\n".join(_row(row, words) for row in content.rows)
    return f"""<div class="scroll" tabindex="0" role="group" aria-label="{caption}">
<table>
{told}<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>"""


def _align(column: int, words: set[int]) -> str:
    return ' class="word"' if column in words else ""


def _row(cells: Sequence[Cell | str], words: set[int]) -> str:
    name, *values = (_cell(Cell(each) if isinstance(each, str) else each) for each in cells)
    columns = (f"<td{_align(at, words)}>{value}</td>" for at, value in enumerate(values, 1))
    return f'<tr><th scope="row">{name}</th>{"".join(columns)}</tr>'


def _cell(cell: Cell) -> str:
    text = code(cell.text) if cell.code else escape(cell.text)
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
