"""IDX, the file format of MNIST and its successors: a strict reader, and the writer beside it.

A file is two zero bytes, a byte for the dtype (8: uint8, the only one that image datasets
use), a byte for the number of dimensions, a big-endian uint32 for each dimension, and the
values in C order. No byte may be missing or follow. Source: http://yann.lecun.com/exdb/mnist/,
"THE IDX FILE FORMAT".
"""

import math
import mmap
from pathlib import Path

import numpy as np

from stages.common.errors import DataError

_UINT8 = 8


def idx_bytes(values: np.ndarray) -> bytes:
    """Return `values` (uint8, of any shape) as the bytes of an IDX file."""
    if values.dtype != np.uint8:
        raise ValueError(f"values are {values.dtype}; they must be uint8")
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, _UINT8, values.ndim]) + sizes + values.tobytes()


def parse_idx(content: bytes | mmap.mmap, *, ndim: int, name: str) -> np.ndarray:
    """Return the values of an IDX file as a read-only view of `content`; nothing is copied.

    Args:
        content: the whole file.
        ndim: the number of dimensions that it must have: 3 for images [N, H, W], 1 for labels [N].
        name: what to call the file in an error.

    Returns:
        uint8, of the shape in the header; every dimension is at least 1.

    Raises:
        DataError: the header or the length is wrong.
    """
    header_bytes = 4 + 4 * ndim
    size = len(content)
    if size < header_bytes:
        raise DataError(f"{name}: {size} bytes are too few for an IDX header of {header_bytes}")
    magic = content[:4]
    if magic[:2] != b"\0\0":
        raise DataError(f"{name}: not an IDX file: it begins with {magic.hex(' ')}, not with 00 00")
    if magic[2] != _UINT8:
        raise DataError(f"{name}: IDX dtype 0x{magic[2]:02x}; it must be 0x08 (uint8)")
    if magic[3] != ndim:
        raise DataError(f"{name}: {magic[3]} dimensions; there must be {ndim}")

    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, header_bytes, 4))
    if 0 in shape:
        raise DataError(f"{name}: a dimension of {shape} is 0; there must be at least one value")
    expected = header_bytes + math.prod(shape)
    if size != expected:
        raise DataError(f"{name}: {size} bytes; a header of {shape} needs {expected}")
    return np.frombuffer(content, dtype=np.uint8, offset=header_bytes).reshape(shape)


def read_idx(path: Path, *, ndim: int) -> np.ndarray:
    """Return the values of the IDX file at `path`, memory-mapped; see `parse_idx`."""
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file; `dvc repro` brings it") from None
    except ValueError as problem:  # mmap cannot map an empty file
        advice = "`dvc repro --force download` brings it back"
        raise DataError(f"{path}: the file is empty; {advice}") from problem
    return parse_idx(content, ndim=ndim, name=str(path))
