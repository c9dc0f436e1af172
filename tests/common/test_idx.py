"""Tests of stages/common/idx.py."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from stages.common.errors import DataError
from stages.common.idx import idx_bytes, parse_idx, read_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def parse_or_refuse(content: bytes, ndim: int) -> np.ndarray | None:
    """Return the array that `content` holds, or None where it is refused in one short line.

    An array must be a view that gives back the very bytes that it was read from.
    """
    try:
        values = parse_idx(content, ndim=ndim, name="file")
    except DataError as error:
        refusal = str(error)
        assert refusal.startswith("file: ")
        assert "\n" not in refusal
        assert len(refusal) < 200
        return None
    assert values.dtype == np.uint8
    assert values.ndim == ndim
    assert not values.flags.owndata
    assert idx_bytes(values) == content
    return values


def test_the_writer_writes_the_format() -> None:
    """Two zero bytes, the dtype, the number of dimensions, big-endian sizes, then the values."""
    values = np.array([[7, 8, 9], [1, 2, 255]], np.uint8)
    expected = "00 00 08 02  00 00 00 02  00 00 00 03  07 08 09 01 02 ff"
    assert idx_bytes(values) == bytes.fromhex(expected)
    assert idx_bytes(np.asfortranarray(values)) == bytes.fromhex(expected)


def test_the_writer_refuses_other_dtypes() -> None:
    """Values that are not uint8 are refused, not cut."""
    with pytest.raises(ValueError, match="values are int64; they must be uint8"):
        idx_bytes(np.array([300]))


@settings(deadline=None)
@given(
    st.sampled_from([1, 3]).flatmap(
        lambda ndim: npst.arrays(np.uint8, npst.array_shapes(min_dims=ndim, max_dims=ndim))
    )
)
def test_what_was_written_is_read_back(values: np.ndarray) -> None:
    """The bytes of any uint8 array of one or three dimensions are read as that array."""
    content = idx_bytes(values)
    assert np.array_equal(parse_idx(content, ndim=values.ndim, name="file"), values)
    assert parse_or_refuse(content, 4 - values.ndim) is None


HEADERS = st.builds(
    lambda magic, sizes: bytes(magic) + b"".join(size.to_bytes(4, "big") for size in sizes),
    st.tuples(
        st.sampled_from([0, 1]),
        st.sampled_from([0, 8]),
        st.sampled_from([8, 9, 13]),
        st.sampled_from([0, 1, 2, 3, 255]),
    ),
    st.lists(st.sampled_from([0, 1, 2, 5, 2**16, 2**31, 2**32 - 1]), max_size=4),
)


@settings(deadline=None, max_examples=500)
@given(
    st.binary(max_size=40) | st.builds(bytes.__add__, HEADERS, st.binary(max_size=12)),
    st.sampled_from([1, 3]),
)
def test_any_bytes_are_read_or_refused(content: bytes, ndim: int) -> None:
    """Whatever the bytes, they are an array that gives them back, or a DataError of one line."""
    parse_or_refuse(content, ndim)


@settings(deadline=None)
@given(st.integers(0, len(idx_bytes(IMAGES)) - 1), st.integers(0, 7))
def test_a_flipped_bit_of_the_header_is_noticed(place: int, bit: int) -> None:
    """No bit of a header can flip unnoticed; a bit of the values changes that value alone."""
    content = bytearray(idx_bytes(IMAGES))
    content[place] ^= 1 << bit
    values = parse_or_refuse(bytes(content), 3)
    if place < 16:
        assert values is None
    else:
        assert values is not None
        assert (values != IMAGES).sum() == 1


@pytest.mark.parametrize("size", range(len(idx_bytes(IMAGES))))
def test_a_truncated_file_is_refused(size: int, tmp_path: Path) -> None:
    """A file cut short anywhere is refused with its name."""
    path = tmp_path / "images"
    path.write_bytes(idx_bytes(IMAGES)[:size])
    with pytest.raises(DataError, match=r"images: (the file is empty|.* bytes)"):
        read_idx(path, ndim=3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x1f\x8b\x08\x00" + bytes(20), "not an IDX file: it begins with 1f 8b 08 00"),
        (
            b"\0\0\x0d\x03" + bytes(20),
            r"IDX dtype 0x0d; it must be 0x08 \(uint8\)",
        ),
        (b"\0\0\x08\x01" + bytes(20), "1 dimensions; there must be 3"),
        (idx_bytes(IMAGES[:0]), r"a dimension of \(0, 3, 4\) is 0"),
        (idx_bytes(IMAGES) + b"\0", r"41 bytes; a header of \(2, 3, 4\) needs 40"),
        (idx_bytes(IMAGES)[:-1], r"39 bytes; a header of \(2, 3, 4\) needs 40"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "needs 79228162458924105385300197391"),
    ],
)
def test_a_refusal_says_what_is_wrong(content: bytes, reason: str) -> None:
    """The message carries the numbers that were wrong and what would be right."""
    with pytest.raises(DataError, match=f"^file: .*{reason}"):
        parse_idx(content, ndim=3, name="file")


@pytest.mark.parametrize("sizes", [(1, 28, 28), (60_000, 28, 28), (2**32 - 1,) * 3])
def test_no_header_makes_the_reader_take_memory(sizes: tuple[int, ...]) -> None:
    """A header that claims any number of values costs no memory before the values are there."""
    content = b"\0\0\x08\x03" + b"".join(size.to_bytes(4, "big") for size in sizes)
    tracemalloc.start()
    try:
        assert parse_or_refuse(content, 3) is None
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_file_is_mapped_and_not_copied(tmp_path: Path) -> None:
    """Reading 40 MB takes no memory for the values, and nobody can write to them."""
    values = np.zeros((50_000, 28, 28), np.uint8)
    (tmp_path / "images").write_bytes(idx_bytes(values))
    tracemalloc.start()
    try:
        read = read_idx(tmp_path / "images", ndim=3)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert read.shape == values.shape
    assert not read.flags.writeable


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    """A missing file is refused with the command that brings it."""
    with pytest.raises(DataError, match=r"none: there is no such file; `dvc repro` brings it"):
        read_idx(tmp_path / "none", ndim=1)
