"""The names of files: exact for programs, harmless for a terminal."""

import argparse
import os
from pathlib import Path


def named_path(text: str) -> Path:
    """Return the path of an argument; an empty one, as of an unset variable, would be `.`."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name")
    return Path(text)


def exact(path: Path) -> str:
    """Return a path as text for programs: its bytes as UTF-8, whatever the locale is.

    A byte that is not UTF-8 becomes one of U+DC80 to U+DCFF (Python's `surrogateescape`), so that
    `text.encode(errors="surrogateescape")` is the path's bytes again.
    """
    return _bytes_of(path).decode(errors="surrogateescape")


def shown(path: Path) -> str:
    """Return a path as text for a terminal: a name may hold bytes that move the cursor."""
    text = _bytes_of(path).decode(errors="backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _bytes_of(path: Path) -> bytes:
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:  # a name that `exact` gave, in a locale that lacks its letters
        return str(path).encode(errors="surrogateescape")
