"""A table in a terminal."""

import shutil
from collections.abc import Sequence

from tools.page.table import Cell, Table

_LONGEST = 40  # characters of a cell
_GAP = "  "


def terminal_lines(content: Table, *, most: int, whole: str) -> list[str]:
    """Return a table as lines that fit the terminal, 80 columns where nothing says how wide it is.

    The last columns are left out where there is no room, and a line says so.

    Args:
        content: the table.
        most: rows to show.
        whole: where all of it is.
    """
    width = shutil.get_terminal_size().columns
    rows = [content.header, *content.rows[:most]]
    columns = [[_text(row[at]) for row in rows] for at in range(len(content.header))]
    widths = [max(map(len, column)) for column in columns]
    kept = [at for at in range(len(widths)) if sum(widths[: at + 1]) + len(_GAP) * at <= width]
    aligned = [_aligned(columns[at], widths[at], is_word=at in content.words) for at in kept]
    lines = [_GAP.join(cells).rstrip() for cells in zip(*aligned, strict=True)]
    hidden = []
    if len(content.rows) > most:
        hidden.append(f"{len(content.rows) - most} more rows")
    if len(kept) < len(columns):
        hidden.append(f"the columns {', '.join(content.header[len(kept) :])}")
    return [*lines, f"{whole} has {' and '.join(hidden)}."] if hidden else lines


def _text(cell: Cell | str) -> str:
    text = cell if isinstance(cell, str) else cell.text
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _aligned(cells: Sequence[str], width: int, *, is_word: bool) -> list[str]:
    return [cell.ljust(width) if is_word else cell.rjust(width) for cell in cells]
