"""A file of a dataset, its compressed form, and what fetching it must come to."""

import gc
import gzip
import hashlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from stages.common.sources.catalogue import CatalogueFile
from tqdm import tqdm

from stages.common.errors import SourceError
from stages.common.sources import opening as sources
from stages.download import fetch

NAME = "train-images-idx3-ubyte"
# Does not compress, so that a gzip file of it spans several chunks; begins as an IDX file does.
BODY = b"\0\0\x08\x03" + np.random.default_rng(0).bytes(200_000)
GZ = gzip.compress(BODY, mtime=0)
FILE = CatalogueFile(name=NAME, bytes=len(BODY), sha256=hashlib.sha256(BODY).hexdigest())


def fetched(opener: sources.Opener, target: Path) -> bytes:
    """Fetch FILE and return the bytes at `target`."""
    with tqdm(total=FILE.bytes, disable=True) as bar:
        fetch(FILE, opener, target, bar)
    return target.read_bytes()


def assert_refused(opener: sources.Opener, target: Path, reason: str) -> None:
    """Fail unless fetching FILE is refused in one line with this reason and leaves nothing behind."""
    with pytest.raises(SourceError, match=reason) as caught:
        fetched(opener, target)
    assert str(caught.value).startswith(f"{NAME}: ")
    assert "\n" not in str(caught.value)
    assert "object at 0x" not in str(caught.value)
    assert not target.parent.exists() or not any(target.parent.iterdir())


def collect_sockets() -> None:
    """Close the connections that a library left to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def flipped(body: bytes, place: int) -> bytes:
    """Return `body` with the lowest bit of the byte at `place` flipped."""
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
