"""A file of a dataset, its compressed form, and what fetching it must give."""

import gc
import gzip
import hashlib
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from tqdm import tqdm

from stages.common.catalogue import CatalogueFile
from stages.common.errors import SourceError
from stages.common.sources.stream import Chunks, Opener
from stages.download import fetch

NAME = "train-images-idx3-ubyte"
# Does not compress, so that a gzip file of it spans several chunks; begins as an IDX file does.
BODY = b"\0\0\x08\x03" + np.random.default_rng(0).bytes(200_000)
GZ = gzip.compress(BODY, mtime=0)
FILE = CatalogueFile(name=NAME, bytes=len(BODY), sha256=hashlib.sha256(BODY).hexdigest())


def generate(parts: Iterable[bytes]) -> Chunks:
    """Yield `parts`, as a source yields the chunks of a file."""
    yield from parts


def fetch_file(opener: Opener, target: Path) -> bytes:
    """Fetch FILE and return the bytes at `target`."""
    with tqdm(total=FILE.bytes, disable=True) as bar:
        fetch(FILE, opener, target, bar)
    return target.read_bytes()


def assert_refused(opener: Opener, target: Path, reason: str) -> None:
    """Fail unless fetching FILE is refused in one line with this reason, and leaves nothing."""
    with pytest.raises(SourceError, match=reason) as caught:
        fetch_file(opener, target)
    message = str(caught.value)
    assert message.startswith(f"{NAME}: ")
    assert "\n" not in message
    assert "object at 0x" not in message
    assert not any(target.parent.iterdir())


def collect_sockets() -> None:
    """Close the connections that requests left to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def flip_bit(body: bytes, place: int) -> bytes:
    """Return `body` with the lowest bit of the byte at `place` flipped."""
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
