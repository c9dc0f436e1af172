"""How stages write files: whole or not at all.

Each file is written under a temporary name in its own folder, flushed to disk, and renamed over the
target, so that no reader and no crash ever sees half of it. The temporary name is always the same for
a target: what a killed run left behind, the next run overwrites.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

METRIC_DECIMALS = 6  # coarser than the last bits in which two types of CPU may differ


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a binary file that becomes `path` when the block ends well and vanishes when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as stopped:
        temporary.unlink(missing_ok=True)
        if (
            isinstance(stopped, OSError)
            and stopped.errno
            and str(stopped.filename) in ("None", str(temporary))
        ):
            stopped.filename = str(
                path
            )  # what failed for a user; a failed write or fsync names no file by itself
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`."""
    with replacing(path) as file:
        file.write(content)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` to `path` as indented JSON; NaN and infinity are refused (ValueError)."""
    write_bytes(
        path, (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    )


def write_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Write a metrics JSON, every float in it rounded to METRIC_DECIMALS.

    DVC shows the numbers and strings of a metrics file and passes over its lists: details that would
    make `dvc metrics show` too wide to read go into lists.
    """
    write_json(path, _rounded(metrics))


def _rounded(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return round(float(value), METRIC_DECIMALS)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV; floats are rounded to METRIC_DECIMALS and None is an empty cell.

    No cell may hold a comma, a quote or a line break (ValueError): none that we write does.
    """
    lines = [",".join(map(_cell, row)) for row in [header, *rows]]
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:.{METRIC_DECIMALS}f}" if isinstance(value, float | np.floating) else str(value)
    if set(text) & set(',"\r\n'):
        raise ValueError(f"{text!r} cannot stand in a CSV cell")
    return text


def write_array(
    path: Path, array: np.ndarray, rows: np.ndarray | None = None, *, chunk: int = 4096
) -> None:
    """Write `array`, or only its `rows` (in that order), to `path` in NumPy's .npy format.

    Args:
        path: where to write.
        array: [N, ...], for example a memory map.
        rows: [M] indices into the first axis; all of them when None.
        chunk: rows held in memory at once.
    """
    count = len(array) if rows is None else len(rows)
    header = {
        "descr": np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": (count, *array.shape[1:]),
    }
    with replacing(path) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, count, chunk):
            part = slice(start, start + chunk)
            file.write(
                np.ascontiguousarray(array[part] if rows is None else array[rows[part]]).data
            )
