"""Markdown for people and for GitHub, in which no text from a file or from git acts as markup."""

import re
from collections.abc import Iterable, Sequence

# What Markdown or HTML may take for markup. An underscore inside a word is none, nor is a `<` that
# a space follows; both stay as they are, so that `val_loss < 0.5` reads well in the file too.
_MARKUP = re.compile(r"[\\`*>\[\]#@|&~]|<(?=\S)|(?<!\w)_|_(?!\w)")
_NO_CODE = re.compile(r"[`|\\\x00-\x1f\x7f]")  # ` would end the code, and | a table's cell


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escape(text: object) -> Markdown:
    """Return text, on one line, as Markdown that shows just that text."""
    line = " ".join(str(text).split())
    return Markdown(_MARKUP.sub(lambda found: f"&#{ord(found[0])};", line))


def code(value: object) -> Markdown:
    """Return a value, on one line, as code."""
    line = " ".join(str(value).split())
    if line and not _NO_CODE.search(line):
        return Markdown(f"`{line}`")
    text = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in line)
    return Markdown(f"<code>{text}</code>")


def table(
    header: Sequence[object], rows: Iterable[Sequence[object]], *, numeric: Sequence[int] = ()
) -> str:
    """Return a table; cells are escaped unless they are Markdown already.

    Args:
        header: the names of the columns.
        rows: the cells, as many in each row as there are columns.
        numeric: the places of the columns to align on the right.
    """
    rule = [Markdown("---:" if place in numeric else "---") for place in range(len(header))]
    return "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in (header, rule, *rows))


def _cell(value: object) -> str:
    return value if isinstance(value, Markdown) else escape(value)
