"""Tests of stages/common/sources/directory.py: real directories, valid and broken."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.common.errors import SourceError
from stages.common.sources.directory import open_directory
from tests.support.fetching import BODY, GZ, NAME, assert_refused, fetch_file
from tests.support.users import ordinary_user


@pytest.mark.parametrize("compress", [True, False])
def test_a_directory_gives_the_file(compress: bool, target: Path, tmp_path: Path) -> None:
    """A directory may hold the file compressed or plain, and be read-only."""
    source = tmp_path / "source"
    source.mkdir()
    source.joinpath(NAME + ".gz" * compress).write_bytes(GZ if compress else BODY)
    source.chmod(0o500)
    with open_directory(source) as opener:
        assert fetch_file(opener, target) == BODY


def test_a_directory_may_hold_links(target: Path, tmp_path: Path) -> None:
    """Symbolic links, to the directory and to the file, are followed; what is written is a file."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "body").write_bytes(BODY)
    (tmp_path / "elsewhere" / NAME).symlink_to("body")
    (tmp_path / "source").symlink_to("elsewhere")
    with open_directory(tmp_path / "source") as opener:
        assert fetch_file(opener, target) == BODY
    assert not target.is_symlink()


def make_huge_file(path: Path) -> None:
    """Make a file of a terabyte that takes no room on the disk."""
    path.touch()
    os.truncate(path, 10**12)


IN_THE_WAY: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, "there is no such file, with or without .gz"),
    "a directory": (Path.mkdir, f"{NAME} is not a regular file"),
    "a named pipe": (os.mkfifo, f"{NAME} is not a regular file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), f"{NAME} is not a regular file"),
    "a link to nothing": (lambda path: path.symlink_to("nothing"), "there is no such file"),
    "a link to itself": (lambda path: path.symlink_to(NAME), "there is no such file"),
    "an empty file": (Path.touch, "0 bytes; the catalogue says"),
    "another file": (lambda path: path.write_bytes(bytes(len(BODY))), "SHA-256"),
    "a file without end": (make_huge_file, "more than .* bytes"),
}


@pytest.mark.parametrize(("make", "reason"), IN_THE_WAY.values(), ids=IN_THE_WAY.keys())
def test_a_directory_that_holds_something_else_is_refused(
    make: Callable[[Path], object], reason: str, target: Path, tmp_path: Path
) -> None:
    """What is not a file, or not the right one, is refused, and never waited for."""
    source = tmp_path / "source"
    source.mkdir()
    make(source / NAME)
    with open_directory(source) as opener:
        assert_refused(opener, target, reason)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    """A path that is nothing, or a file, is no source at all."""
    (tmp_path / "file").touch()
    for name in ("nothing", "file"):
        with (
            pytest.raises(SourceError, match="there is no such directory"),
            open_directory(tmp_path / name),
        ):
            pass


def test_a_file_without_read_permission_is_refused() -> None:
    """A file and a directory without read permission are refused with that reason."""
    # Not in tmp_path, which is closed to other users.
    with ordinary_user(), tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        source.joinpath(NAME).write_bytes(BODY)
        source.joinpath(NAME).chmod(0)
        with open_directory(source) as opener:
            assert_refused(opener, Path(folder, "raw", NAME), "Permission denied")
            source.chmod(0)
            assert_refused(opener, Path(folder, "raw", NAME), "Permission denied")
        source.chmod(0o700)
