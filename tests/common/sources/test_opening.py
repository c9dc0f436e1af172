"""Tests of stages/common/sources/opening.py."""

import pytest

from stages.common.catalogue import Source
from stages.common.sources.opening import name_source


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Source(directory="/data/raw"), "/data/raw"),
        (Source(url="https://example.org/a/b"), "example.org"),
        (Source(url="HTTP://me:sec@ret@example.org:8000?a"), "example.org:8000"),
        (Source(url="example.org/a"), "example.org/a"),
        (Source(debian="dataset", directory="/usr"), "Debian package dataset"),
    ],
)
def test_a_source_has_a_short_name(source: Source, name: str) -> None:
    """A URL is named by its host, without the password."""
    assert name_source(source) == name
