"""Tests of stages/common/sources/opening.py: real directories, sound and broken; test_web.py has the web servers."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stages.common.sources.opening import directory_opener
from tests.support.fetching import BODY, GZ, NAME, assert_refused, fetched


@pytest.mark.parametrize("compress", [True, False])
def test_a_directory_gives_the_file(compress: bool, target: Path, tmp_path: Path) -> None:
    """A directory may hold the file compressed or plain, and be read-only."""
    name = NAME + ".gz" * compress
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / name).write_bytes(GZ if compress else BODY)
    (tmp_path / "source").chmod(0o500)
    assert fetched(directory_opener(tmp_path / "source"), target) == BODY


def test_a_directory_may_hold_links(target: Path, tmp_path: Path) -> None:
    """Symbolic links, to the directory and to the file, are followed; what is written is a file."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "body").write_bytes(BODY)
    (tmp_path / "elsewhere" / NAME).symlink_to("body")
    (tmp_path / "source").symlink_to("elsewhere")
    assert fetched(directory_opener(tmp_path / "source"), target) == BODY
    assert not target.is_symlink()


def huge_file(path: Path) -> None:
    """Make a file of a terabyte that takes no room."""
    path.touch()
    os.truncate(path, 10**12)


IN_THE_WAY: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, "there is no such file, with or without .gz"),
    "a directory": (Path.mkdir, f"{NAME} is not a regular file"),
    "a named pipe": (os.mkfifo, f"{NAME} is not a regular file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), f"{NAME} is not a regular file"),
    "a link to nothing": (lambda path: path.symlink_to("nothing"), "there is no such file"),
    "a link to itself": (lambda path: path.symlink_to(NAME), "there is no such file"),
    "an empty file": (Path.touch, "0 bytes came"),
    "another file": (lambda path: path.write_bytes(bytes(len(BODY))), "SHA-256 is"),
    "a file without end": (huge_file, "more than .* bytes came"),
}


@pytest.mark.parametrize(("make", "reason"), IN_THE_WAY.values(), ids=IN_THE_WAY.keys())
def test_a_directory_that_holds_something_else_is_refused(
    make: Callable[[Path], object], reason: str, target: Path, tmp_path: Path
) -> None:
    """What is no file, or not the file, is refused, and never waited for."""
    source = tmp_path / "source"
    source.mkdir()
    make(source / NAME)
    assert_refused(directory_opener(source), target, reason)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Be an ordinary user for a while: root may read everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_may_not_be_read_is_refused() -> None:
    """A file and a directory without read permission are refused with that reason."""
    with (
        ordinary_user(),
        tempfile.TemporaryDirectory() as folder,
    ):  # tmp_path is closed to other users
        source = Path(folder, "source")
        source.mkdir()
        source.joinpath(NAME).write_bytes(BODY)
        source.joinpath(NAME).chmod(0)
        assert_refused(directory_opener(source), Path(folder, "raw", NAME), "Permission denied")
        source.chmod(0)
        assert_refused(directory_opener(source), Path(folder, "raw", NAME), "Permission denied")
        source.chmod(0o700)
