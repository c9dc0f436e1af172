"""Tests of stages/common/sources/receiving.py."""

import threading
import time

import pytest

from stages.common.errors import SourceError
from stages.common.sources.chunks import Chunks
from stages.common.sources.receiving import STALL_BYTES, receive
from tests.support.fetching import wait_for_receivers


def repeat(chunk: bytes, *, seconds: float, count: int = 10_000) -> Chunks:
    """Yield `chunk` every `seconds`, `count` times."""
    for _ in range(count):
        time.sleep(seconds)
        yield chunk


def test_a_slow_but_steady_sender_is_read_to_its_end() -> None:
    """A transfer may take longer than the limit as long as enough bytes arrive within it."""
    chunks = receive(lambda: repeat(bytes(STALL_BYTES), seconds=0.1, count=8), 0.5)
    assert sum(map(len, chunks)) == 8 * STALL_BYTES


def test_a_slow_reader_is_not_taken_for_a_slow_sender() -> None:
    """The time that the caller takes for a chunk does not count."""
    chunks = receive(lambda: repeat(b"a", seconds=0, count=3), 0.2)
    assert next(chunks) == b"a"
    time.sleep(0.3)
    assert b"".join(chunks) == b"aa"


def test_a_trickle_is_abandoned_from_any_thread() -> None:
    """A sender of less than the minimum rate is abandoned, and the thread that receives ends."""
    refusals = []

    def read() -> None:
        with pytest.raises(SourceError) as caught:
            list(receive(lambda: repeat(b"a", seconds=0.02), 0.3))
        refusals.append(str(caught.value))

    reader = threading.Thread(target=read)
    reader.start()
    reader.join(timeout=5)
    assert refusals == ["stalled: less than 30 KiB in 0.3 s"]
    wait_for_receivers()


def test_a_reader_that_stops_early_ends_the_sender() -> None:
    """A caller that closes the chunks is not followed by a thread that waits for room."""
    chunks = receive(lambda: repeat(b"a", seconds=0), 30)
    next(chunks)
    chunks.close()
    wait_for_receivers()
