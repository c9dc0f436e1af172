"""GitHub Markdown in which text from files stays text.

No name or value becomes a link, a mention, a picture, math or HTML, or ends a table's cell.
"""

import re
from collections.abc import Iterable, Sequence

from tools.page.table import Cell, Table

_ENDS_CODE = re.compile(r"[`|\\]")  # ` ends the code, | the cell, and \ would escape either
_SPECIAL = re.compile(
    r"[\\`*>\[\]|&~$@#]|<(?=\S)|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.", re.IGNORECASE
)
# GitHub takes @name and #12 for references even where @ and # are entities; not with this, which
# has no width, between.
_WORD_JOINER = "&#8288;"


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def code(value: object, *, longest: int = 120) -> Markdown:
    """Return a value from a file as code, cut to `longest` characters."""
    text = _one_line(str(value))
    if len(text) > longest:
        text = f"{text[: longest - 1]}…"
    if text and not _ENDS_CODE.search(text):
        return Markdown(f"`{text}`")
    return Markdown(f"<code>{''.join(map(_entity, text))}</code>")


def escape(text: object) -> Markdown:
    """Return a text as Markdown that shows just this text, on one line."""
    if isinstance(text, Markdown):
        return text
    return Markdown(_SPECIAL.sub(lambda found: _inert(found[0]), _one_line(str(text))))


def table(
    header: Sequence[object], rows: Iterable[Iterable[object]], *, numeric: Sequence[int] = ()
) -> str:
    """Return a table, its last line ended.

    Args:
        header: the names of the columns.
        rows: the cells. Cells and names are escaped, unless they are Markdown already.
        numeric: the columns to align to the right, from 0.
    """
    rule = [Markdown("---:" if at in numeric else "---") for at in range(len(header))]
    return "".join(f"| {' | '.join(map(escape, row))} |\n" for row in (header, rule, *rows))


def table_of(content: Table) -> str:
    """Return a table, or nothing where it has no rows; the caption is not shown."""
    if not content.rows:
        return ""
    columns = range(1, len(content.header))
    numeric = [at for at in columns if at not in content.words]
    return table(content.header, [map(_cell, row) for row in content.rows], numeric=numeric)


def _cell(cell: Cell | str) -> Markdown:
    if isinstance(cell, str):
        return escape(cell)
    text = code(cell.text) if cell.code else escape(cell.text)
    return Markdown(f"{text}<br>{escape(cell.note)}") if cell.note else text


def _one_line(text: str) -> str:
    """Return a text without line breaks, and with its invisible characters made visible."""
    shown = (
        char if char.isprintable() else f"U+{ord(char):04X}" for char in " ".join(text.split())
    )
    return "".join(shown)


def _inert(char: str) -> str:
    return f"{char}{_WORD_JOINER}" if char in "@#" else f"&#{ord(char)};"


def _entity(char: str) -> str:
    return char if char.isalnum() or char == " " else f"&#{ord(char)};"
