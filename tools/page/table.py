"""A table as people read it, made once: html.py shows it in a page, markdown.py in a comment."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """What a cell says. Nothing in it is markup."""

    text: str
    code: bool = False  # a name or a value from a file
    note: str = ""  # a second line, smaller
    tone: str = ""  # "good" or "bad"
    share: float | None = None  # in [-1, 1]: a bar on a page, from its middle


@dataclass(frozen=True)
class Table:
    """A table whose first column names the rows.

    On a small screen only the first columns are in sight, so what decides comes second.
    """

    caption: str  # what the columns mean, and what each ± is of
    header: Sequence[str]  # no name is empty
    rows: Sequence[Sequence[Cell | str]]
    words: Sequence[int] = ()  # the columns of words, from 0, besides the first; others are numbers
