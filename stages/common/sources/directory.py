"""Files from a directory of this machine; DVC brings one that it tracks."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stages.common.errors import SourceError
from stages.common.sources.stream import CHUNK_BYTES, Chunks, Opener


@contextmanager
def open_directory(folder: Path) -> Iterator[Opener]:
    """Give the opener of the files in `folder`.

    Raises:
        SourceError: it is not a directory, or may not be read, or DVC cannot bring it.
    """
    try:
        if not folder.is_dir():
            _pull(folder)
    except OSError as error:
        raise SourceError(str(error.strerror)) from error

    def read_file(name: str) -> Chunks:
        try:
            with _open(folder, name) as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            raise SourceError(str(error.strerror)) from error

    yield read_file


def _pull(folder: Path) -> None:
    tracked = Path(f"{folder}.dvc")
    if not tracked.is_file():
        raise SourceError("there is no such directory")
    command = [sys.executable, "-m", "dvc", "pull", "--quiet", str(tracked)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise SourceError(f"not here, and `dvc pull {tracked}` fails")


def _open(folder: Path, name: str) -> BinaryIO:
    for path in (folder / f"{name}.gz", folder / name):
        if not path.exists():
            continue
        if not path.is_file():  # a directory, or a named pipe, which would wait for a writer
            raise SourceError(f"{path.name} is not a regular file")
        return path.open("rb")
    raise SourceError("there is no such file, with or without .gz")
