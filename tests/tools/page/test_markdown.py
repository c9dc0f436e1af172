"""Markdown in which text stays text, read back by a parser of Markdown."""

import html
import re

import pytest
from markdown_it import MarkdownIt

from tools.page.markdown import Markdown, code, escape, table

PARSER = MarkdownIt("commonmark").enable("table")
HOSTILE = [
    "a|b",
    "`x`",
    "a\\|b\\",
    "a` | `b",
    "<img src=x onerror=alert(1)>",
    "[text](http://x.example)",
    "![](http://x.example)",
    "*bold* _italic_ &amp; ~~gone~~",
    "# head",
    "- item",
    "two\nlines",
    "a\u2028b",
    "$\\frac$",
    "</code></td><script>",
    "<!-- comment",
    "名前 | 이름",
]


def cells(markdown: str) -> list[str]:
    """Return the cells of a table as a reader sees them; fail on any tag that it may not hold."""
    page = PARSER.render(markdown)
    tags = set(re.findall(r"<[^>]*>", page))
    assert tags <= {f"<{end}{tag}>" for end in ("", "/") for tag in TAGS}, tags
    found = re.findall(r"<t[hd]>(.*?)</t[hd]>", page, re.DOTALL)
    return [html.unescape(re.sub(r"</?code>", "", cell)) for cell in found]


TAGS = ("table", "thead", "tbody", "tr", "th", "td", "code")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_cell(text: str) -> None:
    """Text reads in a table as it was, as code and as plain text; line breaks become spaces."""
    shown = cells(table(("name", "value"), [(code(text), text)]))
    seen = " ".join(text.split())
    assert shown[:3] == ["name", "value", seen]
    assert shown[3].replace("\u2060", "") == seen


@pytest.mark.parametrize("text", ["@everyone", "#12", "owner/name#12"])
def test_plain_text_mentions_nobody(text: str) -> None:
    """No @ or # stands right before the word that would make it a reference."""
    assert not re.search(r"[@#]\w", html.unescape(escape(text)))


@pytest.mark.parametrize("text", ["http://x.example", "https://x.example", "WWW.x.example"])
def test_plain_text_holds_no_address(text: str) -> None:
    """What GitHub would turn into a link by itself is broken up."""
    assert not re.search(r"://|www\.", escape(text), re.IGNORECASE)


def test_invisible_characters_are_shown() -> None:
    """A character that turns text around or ends a line is written as its number."""
    assert code("a\u202eb\x1b") == "`aU+202EbU+001B`"


def test_long_values_are_cut() -> None:
    """A value as long as a file does not fill the comment."""
    assert code("x" * 1000) == f"`{'x' * 119}…`"


def test_plain_text_stays_readable() -> None:
    """What no reader takes for markup is written as it is."""
    for text in ("val_loss < 0.5", "0.4512 ± 0.0012", "sweep-1 +2", "T-shirt/top"):
        assert escape(text) == text


def test_markdown_is_not_escaped_again() -> None:
    """A cell that is Markdown already stays as it is, and columns of numbers are aligned right."""
    lines = table(("a", "b"), [(Markdown("**x**"), 1.5)], numeric=(1,)).splitlines()
    assert lines == ["| a | b |", "| --- | ---: |", "| **x** | 1.5 |"]
