"""Tests of stages/common/sources/stream.py; the oracle is Python's gzip module."""

import gzip
import itertools
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stages.common.errors import SourceError
from stages.common.sources.stream import CHUNK_BYTES, decompress
from tests.support.fetching import flip_bit, generate

TEXT = b"The quick brown fox jumps over the lazy dog, and over the quick brown dog"
GZIP = gzip.compress(TEXT, mtime=0)
GZIP_HEADER = GZIP[:10]


@settings(deadline=None)
@given(
    data=st.binary(max_size=400),
    repeat=st.sampled_from([1, 3, 1 << 13]),
    cut=st.integers(1, 5000),
    members=st.integers(1, 3),
)
@example(data=bytes(1 << 8), repeat=1 << 13, cut=5000, members=1)  # two MiB from one chunk
def test_decompressing_gives_what_gzip_gives(
    data: bytes, repeat: int, cut: int, members: int
) -> None:
    """Valid gzip data are read as Python's gzip module reads them, in chunks of any size."""
    packed = gzip.compress(data * repeat) * members
    chunks = generate(packed[i : i + cut] for i in range(0, len(packed), cut))
    whole = data * repeat * members
    assert b"".join(decompress(chunks, len(whole))) == whole == gzip.decompress(packed)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=99).map(lambda junk: GZIP_HEADER + junk),
        st.integers(0, len(GZIP) - 1).map(lambda place: flip_bit(GZIP, place)),
    ),
    st.integers(1, 300),
)
def test_any_bytes_are_decompressed_or_refused(content: bytes, size: int) -> None:
    """Any bytes give at most the file's size and a byte, or a SourceError."""
    out = None
    with suppress(SourceError):
        out = b"".join(decompress(generate([content]), size))
    if out is not None and len(out) <= size:
        is_gzip = content[:2] == GZIP_HEADER[:2]
        assert out == (gzip.decompress(content) if is_gzip else content)
    assert out is None or len(out) <= size + 1


@pytest.mark.parametrize("content", [b"x", GZIP[:1]])
def test_a_file_of_one_byte_is_given_as_it_is(content: bytes) -> None:
    """A file too short for gzip's magic number is plain, even where it begins like gzip."""
    assert b"".join(decompress(generate([content]), 1)) == content


def test_members_without_end_are_refused() -> None:
    """A source that sends gzip members that hold nothing, for ever, is refused."""
    empty = itertools.repeat(gzip.compress(b"", mtime=0) * 1000)
    with pytest.raises(SourceError, match="sends more than the file can have"):
        b"".join(decompress(generate(empty), 100))


def test_a_gzip_bomb_takes_little_memory() -> None:
    """A gigabyte of zeros in a megabyte is cut at the file's size, in a few MiB of memory."""
    bomb = gzip.compress(bytes(16 << 20)) * 64  # members, one after the other
    chunks = generate(bomb[i : i + CHUNK_BYTES] for i in range(0, len(bomb), CHUNK_BYTES))
    tracemalloc.start()
    try:
        total = sum(map(len, decompress(chunks, 10 << 20)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == (10 << 20) + 1
    assert peak < 8 << 20
