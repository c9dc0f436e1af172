"""Opens a source of the catalogue: a directory, a web server, or a Debian package."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.catalogue import Source
from stages.common.sources.chunks import Opener
from stages.common.sources.debian import unpack_package
from stages.common.sources.directory import open_directory


@contextmanager
def open_source(source: Source) -> Iterator[Opener]:
    """Give the opener of a source's files."""
    if source.url:
        # Loading requests takes as long as copying the files from a directory.
        from stages.common.sources.web import open_url  # noqa: PLC0415

        with open_url(source.url) as open_file:
            yield open_file
    elif source.debian:
        with unpack_package(source.debian) as root:
            yield open_directory(root / str(source.directory).lstrip("/"))
    else:
        yield open_directory(Path(str(source.directory)))


def name_source(source: Source) -> str:
    """Return what to call a source in a message: the host of a URL, without its password."""
    if source.url:
        return re.sub(r"^\w+://([^/?#]*@)?([^/?#]+).*", r"\2", source.url)
    return f"Debian package {source.debian}" if source.debian else str(source.directory)
