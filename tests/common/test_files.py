"""Tests of stages/common/files.py."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from dvc_data.hashfile.istextfile import istextfile
from dvc_objects.fs.local import LocalFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.errors import DataError
from stages.common.files import (
    BLOCK,
    parse_csv,
    read_json,
    replacing,
    write_array,
    write_bytes,
    write_csv,
    write_json,
    write_metrics,
)


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    """A new file, in folders that are not there yet, holds the bytes and nothing lies beside it."""
    write_bytes(tmp_path / "a b" / "é" / "file", b"content")
    assert (tmp_path / "a b" / "é" / "file").read_bytes() == b"content"
    assert names(tmp_path / "a b" / "é") == ["file"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_block_that_fails_leaves_the_old_file(fault: type[BaseException], tmp_path: Path) -> None:
    """Whatever ends the block early, the old content stays and the temporary file goes."""
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"half of the new")
            file.flush()
            raise fault

    with pytest.raises(fault):
        fail()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_the_new_content_shows_only_when_it_is_whole(tmp_path: Path) -> None:
    """Inside the block a reader still sees the old file."""
    path = tmp_path / "file"
    write_bytes(path, b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_what_a_killed_run_left_is_written_over(tmp_path: Path) -> None:
    """A temporary file of a killed run does no harm and does not stay."""
    with replacing(tmp_path / "file") as file:
        (left,) = names(tmp_path)
        file.write(b"x")
    (tmp_path / left).write_bytes(b"left behind, and longer than what comes")
    write_bytes(tmp_path / "file", b"new")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """When the target is a symbolic link, its destination, perhaps DVC's cache, is left alone."""
    (tmp_path / "cached").write_bytes(b"cached")
    (tmp_path / "file").symlink_to("cached")
    write_bytes(tmp_path / "file", b"new")
    assert (tmp_path / "cached").read_bytes() == b"cached"
    assert not (tmp_path / "file").is_symlink()


def test_metrics_are_rounded_at_every_depth(tmp_path: Path) -> None:
    """Floats, NumPy's too, are rounded to six decimals at any depth; the rest stays."""
    metrics = {
        "a": 0.12345678,
        "b": [{"c": np.float64(1 / 3), "d": 7}],
        "e": "x",
        "f": (2e-7, None, True),
    }
    write_metrics(tmp_path / "m.json", metrics)
    assert json.loads((tmp_path / "m.json").read_text(encoding="utf-8")) == {
        "a": 0.123457,
        "b": [{"c": 0.333333, "d": 7}],
        "e": "x",
        "f": [0.0, None, True],
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.float32("-inf")])
def test_metrics_that_are_no_numbers_are_refused(number: float, tmp_path: Path) -> None:
    """NaN and infinity are no JSON: nothing is written."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_metrics(tmp_path / "m.json", {"loss": number})
    assert names(tmp_path) == []


def test_json_is_text_to_dvc_whatever_its_letters(tmp_path: Path) -> None:
    """A file of names in any script is ASCII, is read back, and counts as text for DVC."""
    content = {"classes": ["신발" * 200]}
    write_json(tmp_path / "x.json", content)
    assert (tmp_path / "x.json").read_bytes().isascii()
    assert read_json(tmp_path / "x.json") == content
    assert istextfile(str(tmp_path / "x.json"), LocalFileSystem())  # type: ignore[no-untyped-call]


def test_csv_rounds_floats_and_leaves_none_empty(tmp_path: Path) -> None:
    """Floats have six decimals, None is an empty cell, all else is as it prints."""
    write_csv(tmp_path / "x.csv", ("a", "b", "c"), [(1, 0.5, None), ("x y", np.float32(2), 1 / 3)])
    assert (tmp_path / "x.csv").read_text(
        encoding="utf-8"
    ) == "a,b,c\n1,0.500000,\nx y,2.000000,0.333333\n"


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]))  # as class names are


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_any_text_comes_back_from_a_csv(rows: list[tuple[str, str]]) -> None:
    """Commas, quotes and separators of any script in a cell are read back as they were written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.csv")
        write_csv(path, ("a", "b"), rows)
        read = parse_csv(path.read_bytes(), "x.csv", ("a", "b"))
    assert [(row["a"], row["b"]) for row in read] == rows


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n", b"a,b\n1\n", b"a,b\n1,2,3\n", b"a\n1\n", b'a,b\n"1', b"a,b\n\xff,1"]
)
def test_a_table_that_is_not_whole_is_refused_by_name(content: bytes) -> None:
    """A CSV without rows or columns, with ragged rows, or in no UTF-8 is an error of one line."""
    with pytest.raises(DataError, match=r"^x\.csv: [^\n]+$"):
        parse_csv(content, "x.csv", ("a", "b"))


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=30), st.sampled_from([np.uint8, np.float32]))
def test_rows_are_written_as_numpy_saves_them(rows: list[int], dtype: type) -> None:
    """Any choice of rows gives the file that np.save gives."""
    array: np.ndarray = np.arange(60, dtype=dtype).reshape(10, 3, 2)
    _assert_written_as_saved(array, np.array(rows, int))


def test_more_rows_than_a_block_are_written_as_numpy_saves_them() -> None:
    """An array of several blocks, not contiguous, gives the file that np.save gives."""
    array = np.arange(6 * BLOCK, dtype=np.uint8).reshape(-1, 2)[:, ::2]
    _assert_written_as_saved(array, None)
    _assert_written_as_saved(array, np.random.default_rng(0).permutation(len(array)))


def _assert_written_as_saved(array: np.ndarray, rows: np.ndarray | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours, numpys = Path(folder, "ours.npy"), Path(folder, "numpys.npy")
        write_array(ours, array, rows)
        np.save(numpys, np.ascontiguousarray(array if rows is None else array[rows]))
        assert ours.read_bytes() == numpys.read_bytes()
