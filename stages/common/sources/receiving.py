"""Receives a file at no less than a minimum rate, however the sender is slow.

The timeout of a socket starts anew with each byte, so that one byte a second keeps a
connection alive for ever: in the TLS handshake, in the headers, or in the body. Here a thread
receives, and the caller waits for what it received. Not bounded: a thread that was abandoned
while it received the headers lives until the sender hangs up, or the process ends.
"""

import time
from collections.abc import Callable
from contextlib import closing
from queue import Empty, Queue
from threading import Event, Thread

from stages.common.errors import SourceError
from stages.common.sources.chunks import Chunks

STALL_BYTES = 30 * 1024
THREAD_NAME = "receive"
_QUEUED_CHUNKS = 16  # received and not yet used


def receive(read: Callable[[], Chunks], stall_seconds: float) -> Chunks:
    """Yield what `read` yields, run in a thread of its own.

    Args:
        read: starts to receive.
        stall_seconds: how long the caller waits for each STALL_BYTES.

    Raises:
        SourceError: `read` is slower than that.
        Exception: what `read` raised.
    """
    received: Queue[bytes | Exception] = Queue(_QUEUED_CHUNKS)
    abandoned = Event()

    def fill() -> None:
        try:
            with closing(read()) as chunks:
                for chunk in chunks:
                    received.put(chunk)
                    if abandoned.is_set():
                        return
            received.put(b"")
        except Exception as error:
            received.put(error)

    Thread(target=fill, name=THREAD_NAME, daemon=True).start()
    try:
        yield from _take(received, stall_seconds)
    finally:
        abandoned.set()
        while not received.empty():  # the thread may be waiting for room
            received.get_nowait()


def _take(received: Queue[bytes | Exception], stall_seconds: float) -> Chunks:
    missing, seconds = STALL_BYTES, stall_seconds
    while True:
        started = time.monotonic()
        try:
            chunk = received.get(timeout=max(seconds, 0))
        except Empty:
            least = f"{STALL_BYTES >> 10} KiB in {stall_seconds:g} s"
            raise SourceError(f"stalled: less than {least}") from None
        seconds -= time.monotonic() - started  # of waiting: what the caller does is not counted

        if isinstance(chunk, Exception):
            raise chunk
        if not chunk:
            return
        yield chunk
        missing -= len(chunk)
        if missing <= 0:
            missing, seconds = STALL_BYTES, stall_seconds
