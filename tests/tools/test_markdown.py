"""tools/markdown.py."""

import re

import pytest

from tools.markdown import Markdown, code, escape, table


def cells(row: str) -> list[str]:
    """Return a row's cells, parted as GitHub does: at each | that no backslash precedes."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


@pytest.mark.parametrize(
    "name", ["a|b", "`a", "a\nb", "a\r\n| b |", "<img src=x>", "a\\|b", "*a*", "@team", "&lt;", ""]
)
def test_no_text_breaks_a_table(name: str) -> None:
    """A name with any characters fills one cell of one row, and holds no markup."""
    lines = table(("name", "figure"), [(name, 1), (code(name), 2)]).splitlines()
    assert len(lines) == 4
    for line in lines:
        assert len(cells(line)) == 2
    plain = cells(lines[2])[0]
    assert not set(plain) & set("`*@<>|\\")
    assert all(found.startswith("&#") for found in re.findall(r"&.{1,5}", plain))


def test_plain_text_stays_readable() -> None:
    """What no reader takes for markup is written as it is."""
    for text in ("val_loss < 0.5", "0.4512 ± 0.0012", "sweep-1 +2", "T-shirt/top"):
        assert escape(text) == text
    assert code("val_loss") == "`val_loss`"


def test_markdown_in_a_cell_is_kept_and_numbers_align_right() -> None:
    """A cell that is Markdown already is not escaped; a numeric column is aligned on the right."""
    made = table(("a", "b"), [(Markdown("**x**"), 1.5)], numeric=(1,))
    assert made == "| a | b |\n| --- | ---: |\n| **x** | 1.5 |\n"
