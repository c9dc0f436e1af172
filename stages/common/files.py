"""Files that are written whole or not at all, and the reader of each format beside its writer.

Each file is written under a temporary name in its own folder, flushed to disk, and renamed to
its final name, so that no reader and no crash ever sees half of it. A file always gets the same
temporary name: the next run overwrites what a killed run left behind.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.format import open_memmap

from stages.common.errors import DataError

METRIC_DECIMALS = 6  # coarser than the last bits, in which two types of CPU may differ
BLOCK = 4096  # rows of an array that are in memory at once

_FLOATS = (float, np.floating)
_RESTORE = "`dvc checkout --force` restores it"


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a binary file that becomes `path` when the block succeeds, and is removed otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        # A failed write or fsync names no file, and the temporary name means nothing to a user.
        if isinstance(error, OSError) and error.errno and error.filename in (None, str(temporary)):
            error.filename = str(path)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`."""
    with replacing(path) as file:
        file.write(content)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` to `path` as indented JSON; raise ValueError on NaN and infinity.

    Letters beyond ASCII are escaped: DVC takes a metrics file with many of them for binary.
    """
    text = json.dumps(content, indent=2, allow_nan=False)
    write_bytes(path, f"{text}\n".encode())


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write a metrics JSON, with every float rounded to METRIC_DECIMALS.

    DVC shows the scalars of a metrics file and passes over its lists: what people compare is a
    scalar, and details are lists.
    """
    write_json(path, _rounded(metrics))


def _rounded(value: Any) -> Any:
    if isinstance(value, _FLOATS):
        return round(float(value), METRIC_DECIMALS)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file at `path`; raise DataError when it holds none."""
    try:
        content = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as problem:
        raise DataError(f"{path}: not valid JSON; {_RESTORE}") from problem
    if not isinstance(content, dict):
        raise DataError(f"{path}: a JSON {type(content).__name__}; it must be an object")
    return content


def read_bytes(path: Path) -> bytes:
    """Return the content of the file at `path`; raise DataError when there is no such file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _missing(path) from None


def _missing(path: Path) -> DataError:
    return DataError(f"{path}: there is no such file; `dvc repro` or `dvc checkout` restores it")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV; floats are rounded to METRIC_DECIMALS, and None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    write_bytes(path, text.getvalue().encode())


def _cell(value: Any) -> Any:
    return f"{value:.{METRIC_DECIMALS}f}" if isinstance(value, _FLOATS) else value


def parse_csv(content: bytes, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV, each by column name.

    Args:
        content: the bytes of the file.
        name: what to call the file in an error.
        columns: the columns that it must have; it may have others.

    Raises:
        DataError: it is not UTF-8 or not a table, or a column or a row is missing.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"{name}: not a CSV file in UTF-8 ({problem})") from problem
    ragged = any(None in row or None in row.values() for row in rows)
    if not rows or ragged or not set(columns) <= set(rows[0]):
        raise DataError(f"{name}: not a whole table with the columns {', '.join(columns)}")
    return rows


def write_array(path: Path, array: np.ndarray, rows: np.ndarray | None = None) -> None:
    """Write `array`, or only its `rows`, to `path` in NumPy's .npy format.

    Args:
        path: where to write.
        array: [N, ...], for example a memory map; BLOCK rows at a time are in memory.
        rows: [M] indices into the first axis, in the order to write; None for all rows.
    """
    count = len(array) if rows is None else len(rows)
    header = {
        "descr": np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": (count, *array.shape[1:]),
    }
    with replacing(path) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, count, BLOCK):
            block = slice(start, start + BLOCK)
            values = array[block] if rows is None else array[rows[block]]
            file.write(np.ascontiguousarray(values).data)


def read_array(path: Path, dtype: type, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return the array of a .npy file, memory-mapped, read-only and without pickle.

    Args:
        path: the file.
        dtype: what the dtype must be.
        shape: what the shape must be; None stands for any size.

    Raises:
        DataError: the file is damaged, longer than its array, or of another dtype or shape.
    """
    try:
        array = open_memmap(path, mode="r")  # takes neither pickles nor archives
    except FileNotFoundError:
        raise _missing(path) from None
    # NumPy reads the header as Python source, so damage shows up as any of these.
    except (ValueError, TypeError, OverflowError, SyntaxError, TokenError) as problem:
        raise DataError(f"{path}: not a whole .npy file; {_RESTORE}") from problem
    if array.dtype != dtype or not _fits(array.shape, shape) or not array.flags.c_contiguous:
        sizes = ", ".join("N" if size is None else str(size) for size in shape)
        found = f"{array.dtype} {list(array.shape)}"
        raise DataError(f"{path}: {found}; it must be {np.dtype(dtype)} [{sizes}]")
    if path.stat().st_size != array.offset + array.nbytes:
        raise DataError(f"{path}: bytes follow the array; {_RESTORE}")
    return array


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    if len(shape) != len(wanted):
        return False
    return all(want in (None, size) for size, want in zip(shape, wanted, strict=True))
