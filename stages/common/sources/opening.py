"""Where the files of a dataset come from: a directory, a web server, or a Debian package.

Each source gives a file's bytes as they lie there, in chunks, and fails with a SourceError of one line.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from stages.common.errors import SourceError
from stages.common.sources.catalogue import Source
from stages.common.sources.debian import unpacked_package

STALL_SECONDS = 30.0  # a web server that sends next to nothing for so long is given up
CHUNK = 1 << 16  # bytes

Chunks = Iterator[bytes]
# Opens a file of a source by its name: a context that gives the file's bytes, and raises SourceError.
Opener = Callable[[str], AbstractContextManager[Chunks]]


def directory_opener(folder: Path) -> Opener:
    """Return the opener of the files in a folder; raise SourceError when it is none."""
    try:
        if not folder.is_dir():
            raise SourceError("there is no such directory")
    except OSError as error:
        raise SourceError(f"{error.strerror}") from error

    @contextmanager
    def open_file(name: str) -> Iterator[Chunks]:
        with _opened(folder, name) as file:
            yield _read_chunks(file)

    return open_file


def _opened(folder: Path, name: str) -> BinaryIO:
    try:
        found = [path for path in (folder / f"{name}.gz", folder / name) if path.exists()]
        if not found:
            raise SourceError("there is no such file, with or without .gz")
        if not found[0].is_file():  # a directory, or a named pipe, which would wait for a writer
            raise SourceError(f"{found[0].name} is not a regular file")
        return found[0].open("rb")
    except OSError as error:
        raise SourceError(f"{error.strerror}") from error


def _read_chunks(file: BinaryIO) -> Chunks:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except OSError as error:
        raise SourceError(f"{error.strerror}") from error


@contextmanager
def opened_source(source: Source) -> Iterator[Opener]:
    """Give the opener of a source's files."""
    if source.url:
        from stages.common.sources.web import opened_url  # noqa: PLC0415 - requests takes as long to load as the files to copy

        with opened_url(source.url, stall_seconds=STALL_SECONDS) as open_file:
            yield open_file
    elif source.debian:
        with unpacked_package(source.debian) as root:
            yield directory_opener(root / str(source.directory).lstrip("/"))
    else:
        yield directory_opener(Path(str(source.directory)))


def label(source: Source) -> str:
    """Return what to call a source in a message; a password in its URL is left out."""
    if source.url:
        return re.sub(r"//[^/]*@", "//", source.url)
    return f"Debian package {source.debian}" if source.debian else str(source.directory)
