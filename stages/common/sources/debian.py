"""Files from a Debian package, without root and without installing anything."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.errors import SourceError
from stages.common.sources.directory import open_directory
from stages.common.sources.stream import Opener

_SILENCE_SECONDS = 30  # apt abandons a server that sends nothing for this long
_COMMAND_SECONDS = 300


@contextmanager
def open_package(package: str, directory: str) -> Iterator[Opener]:
    """Give the opener of the files in a directory of a Debian package.

    apt-get downloads and verifies the package by the archive's signatures, with lists and a cache
    of its own, so that it needs no root; dpkg-deb unpacks it into a temporary folder.

    Raises:
        SourceError: this system has no apt, or it cannot get the package.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SourceError("this system has no apt-get and dpkg-deb")
    with tempfile.TemporaryDirectory(prefix="dataset-") as folder:
        for part in ("lists/partial", "cache/archives/partial"):
            Path(folder, part).mkdir(parents=True)
        settings = (
            f"Dir::State::lists={folder}/lists",
            f"Dir::Cache={folder}/cache",
            "Acquire::AllowInsecureRepositories=false",
            "Acquire::Languages=none",  # no translated descriptions
            f"Acquire::http::Timeout={_SILENCE_SECONDS}",
            "APT::Get::AllowUnauthenticated=false",
            "APT::Sandbox::User=root",  # else root's apt-get warns that _apt cannot write here
        )
        apt = ["apt-get", "-q", *(f"-o{setting}" for setting in settings)]
        # Of several repositories one may be down: only the download of the package must succeed.
        _run([*apt, "update"], folder, must_succeed=False)
        _run([*apt, "download", package], folder)
        (archive,) = Path(folder).glob("*.deb")
        _run(["dpkg-deb", "-x", archive.name, "unpacked"], folder)
        with open_directory(Path(folder, "unpacked", directory.lstrip("/"))) as open_file:
            yield open_file


def _run(command: list[str], folder: str, *, must_succeed: bool = True) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_COMMAND_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"{command[0]} took over {_COMMAND_SECONDS} s") from None
    if must_succeed and done.returncode:
        lines = done.stderr.strip().split("\n")
        errors = [line for line in lines if line.startswith("E: ")] or lines
        raise SourceError(f"{command[0]}: {errors[0].removeprefix('E: ') or 'no message'}")
