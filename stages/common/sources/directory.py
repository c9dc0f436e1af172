"""Files from a directory of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stages.common.errors import SourceError
from stages.common.sources.stream import CHUNK_BYTES, Chunks, Opener, UnreachableError


@contextmanager
def open_directory(folder: Path) -> Iterator[Opener]:
    """Give the opener of the files in `folder`.

    Raises:
        UnreachableError: it is not a directory, or may not be read.
    """
    try:
        if not folder.is_dir():
            raise UnreachableError("there is no such directory")
    except OSError as error:
        raise UnreachableError(str(error.strerror)) from error

    def read_file(name: str) -> Chunks:
        try:
            with _open(folder, name) as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            raise SourceError(str(error.strerror)) from error

    yield read_file


def _open(folder: Path, name: str) -> BinaryIO:
    for path in (folder / f"{name}.gz", folder / name):
        if not path.exists():
            continue
        if not path.is_file():  # a directory, or a named pipe, which would wait for a writer
            raise SourceError(f"{path.name} is not a regular file")
        return path.open("rb")
    raise SourceError("there is no such file, with or without .gz")
