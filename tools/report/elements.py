"""The pieces of HTML that the page is made of."""

import base64
import html
from collections.abc import Iterable, Sequence

escaped = html.escape


def table(header: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Return a table that scrolls sideways where it is too wide.

    Args:
        header: the names of the columns, as HTML.
        rows: the cells as HTML; the first of a row is that row's name.
        caption: what the table shows, as text.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in header)
    body = "\n".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for name, *cells in rows
    )
    label = escaped(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">\n<table>\n<caption>{label}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
    )


def bar(share: float) -> str:
    """Return a bar from the middle to the right or left, `share` in [-1, 1] of the half."""
    tone, left = ("good", 50.0) if share > 0 else ("bad", 50 - 50 * abs(share))
    return f'<span class="bar {tone}" aria-hidden="true"><i style="left:{left:.1f}%;width:{50 * abs(share):.1f}%"></i></span>'


def image(content: bytes, text: str, caption: str) -> str:
    """Return a PNG as a figure, embedded, with `text` for those who cannot see it."""
    data = base64.b64encode(content).decode()
    # A PNG's size stands in its header; the pictures have 144 pixels where a page has 96.
    width, height = (int.from_bytes(content[at : at + 4], "big") * 96 // 144 for at in (16, 20))
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{escaped(text)}" width="{width}" height="{height}">'
        f"<figcaption>{escaped(caption)}</figcaption></figure>"
    )
