"""Files of a Debian package, had without root and without installing anything."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.errors import SourceError

_CONNECT_SECONDS = 30  # apt's own limit for a server that says nothing
_COMMAND_SECONDS = 300


@contextmanager
def unpacked_package(package: str) -> Iterator[Path]:
    """Download a Debian package and unpack it into a temporary folder; needs no root and installs nothing.

    apt-get verifies the package by the archive's signatures, with lists and a cache of its own.
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
            "APT::Get::AllowUnauthenticated=false",
            f"Acquire::http::Timeout={_CONNECT_SECONDS}",
            "APT::Sandbox::User=root",  # else root's apt-get complains that _apt cannot write here
        )
        apt = ["apt-get", "-q", *(part for setting in settings for part in ("-o", setting))]
        _run([*apt, "update"], folder, must_succeed=False)  # one repository of many may be down
        _run([*apt, "download", package], folder)
        (archive,) = Path(folder).glob("*.deb")
        _run(["dpkg-deb", "-x", archive.name, "unpacked"], folder)
        yield Path(folder) / "unpacked"


def _run(command: list[str], folder: str, *, must_succeed: bool = True) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"{command[0]} took over {_COMMAND_SECONDS} s") from None
    if must_succeed and done.returncode:
        errors = (
            [line for line in done.stderr.splitlines() if line.startswith("E:")]
            or done.stderr.splitlines()
            or ["no message"]
        )
        raise SourceError(f"{command[0]}: {errors[0].removeprefix('E: ')}")
