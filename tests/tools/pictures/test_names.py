"""Tests of tools/pictures/names.py."""

import os
from pathlib import Path

import pytest

from tools.pictures.names import exact, shown


def test_names_cannot_move_the_cursor() -> None:
    """Control characters and bytes that are no UTF-8 are shown as escapes."""
    assert shown(Path("a\x1b[2J\n鳥.png")) == "a\\x1b[2J\\n鳥.png"
    assert shown(Path(os.fsdecode(b"\xff.png"))) == "\\xff.png"


@pytest.mark.parametrize("name", ["a b.png", "a\u00a0b\u202fc.png", "鳥\n.png"])
def test_programs_get_the_name_itself(name: str) -> None:
    """No-break spaces, as macOS writes them, and control characters are what they are."""
    assert exact(Path(name)) == name


def test_the_bytes_of_a_name_come_back() -> None:
    """A byte that is not UTF-8 is a surrogate of its own, in a defined way."""
    name = b"caf\xe9/\xff\xc3\xa9.png"
    text = exact(Path(os.fsdecode(name)))
    assert text == "caf\udce9/\udcffé.png"
    assert text.encode(errors="surrogateescape") == name
