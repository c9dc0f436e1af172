"""A file's bytes as they arrive from any source, in chunks, and their decompression."""

import itertools
import zlib
from collections.abc import Callable, Generator

from stages.common.errors import SourceError

CHUNK_BYTES = 1 << 16

Chunks = Generator[bytes, None, None]
# Starts to read a file of a source by its name; the chunks raise SourceError when the source fails.
Opener = Callable[[str], Chunks]

_INFLATED_BYTES = 1 << 20  # decompressed at a time
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WBITS = 16 + zlib.MAX_WBITS  # a gzip header and checksum around the deflated data


def decompress(chunks: Chunks, size: int) -> Chunks:
    """Yield a file's bytes, decompressed when they are gzip.

    Args:
        chunks: the file as the source has it.
        size: how many bytes the file should have; at most one more is yielded, whatever arrives.

    Raises:
        SourceError: the gzip data are damaged, truncated, followed by something else, or longer
            than those of any file of that size.
    """
    # Deflate adds 5 bytes to each 16 KiB that it cannot compress. Members of gzip that hold nothing
    # would otherwise be read without end.
    chunks = _limit(chunks, size + size // 1000 + 65536)
    start = b""
    while len(start) < len(_GZIP_MAGIC) and (chunk := next(chunks, b"")):
        start += chunk
    whole = itertools.chain([start], chunks)

    room = size + 1
    for data in _inflate(whole) if start.startswith(_GZIP_MAGIC) else whole:
        yield data[:room]
        room -= min(room, len(data))
        if not room:
            return


def _limit(chunks: Chunks, size: int) -> Chunks:
    for chunk in chunks:
        size -= len(chunk)
        if size < 0:
            raise SourceError("the source sends more than the file can have")
        yield chunk


def _inflate(chunks: itertools.chain[bytes]) -> Chunks:
    """Yield gzip data decompressed, at most _INFLATED_BYTES at a time."""
    inflater = zlib.decompressobj(wbits=_GZIP_WBITS)
    for chunk in chunks:
        # What zlib holds back at the end of a chunk comes with the next: at least the checksum.
        pending = chunk
        while pending:
            if inflater.eof:  # a gzip file may have several members, one after the other
                if not pending.startswith(_GZIP_MAGIC[:1]):
                    raise SourceError("bytes follow the gzip data")
                inflater = zlib.decompressobj(wbits=_GZIP_WBITS)
            try:
                yield inflater.decompress(pending, _INFLATED_BYTES)
            except zlib.error as error:
                raise SourceError(f"damaged gzip data ({error})") from error
            pending = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof:
        raise SourceError("truncated: the gzip data end early")
