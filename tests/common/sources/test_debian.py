"""Tests of stages/common/sources/debian.py: apt itself, with a package repository on this disk."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from stages.common.errors import SourceError
from stages.common.sources.debian import open_package

pytestmark = pytest.mark.skipif(not shutil.which("apt-get"), reason="this system has no apt")

PACKAGE = "dataset-of-the-tests"
CONTROL = f"""\
Package: {PACKAGE}
Version: 1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: A package of the tests
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a package repository that holds one package with one file."""
    built = tmp_path / "built"
    (built / "DEBIAN").mkdir(parents=True)
    (built / "DEBIAN/control").write_text(CONTROL, encoding="utf-8")
    (built / "usr/share").mkdir(parents=True)
    (built / "usr/share/file").write_bytes(b"content")
    folder = tmp_path / "repository"
    folder.mkdir()
    archive = folder / "package.deb"
    subprocess.run(["dpkg-deb", "--build", built, archive], check=True, capture_output=True)
    content = archive.read_bytes()
    facts = f"Filename: ./package.deb\nSize: {len(content)}\n"
    digest = f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
    (folder / "Packages").write_text(CONTROL + facts + digest, encoding="utf-8")
    return folder


@pytest.fixture
def sources_list(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the list of package sources that apt uses in the test."""
    path = tmp_path / "sources.list"
    path.write_text(f"deb [trusted=yes] file:{repository} ./\n", encoding="utf-8")
    settings = tmp_path / "apt.conf"
    settings.write_text(
        f'Dir::Etc::SourceList "{path}";\nDir::Etc::SourceParts "-";\n', encoding="utf-8"
    )
    monkeypatch.setenv("APT_CONFIG", str(settings))
    return path


@pytest.mark.usefixtures("sources_list")
def test_a_package_gives_its_files_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the package's directory are there, and the temporary folder vanishes."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with open_package(PACKAGE, "/usr/share") as open_file:
        assert b"".join(open_file("file")) == b"content"
        assert any(folder.iterdir())
    assert not any(folder.iterdir())


@pytest.mark.usefixtures("sources_list")
def test_an_unknown_package_is_refused_in_apt_s_words() -> None:
    """The reason is the first error of apt-get, in one line."""
    with (
        pytest.raises(SourceError, match=r"^apt-get: Unable to locate package no-such-thing$"),
        open_package("no-such-thing", "/usr"),
    ):
        pass


def test_an_altered_package_is_refused(repository: Path, sources_list: Path) -> None:
    """A package whose bytes are not those that the repository lists is refused."""
    assert sources_list.exists()
    archive = repository / "package.deb"
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    with pytest.raises(SourceError, match=r"^apt-get: "), open_package(PACKAGE, "/usr/share"):
        pass


def test_a_repository_that_nobody_signed_is_refused(sources_list: Path) -> None:
    """A package comes from a repository whose signature apt knows, or not at all."""
    sources_list.write_text(
        sources_list.read_text(encoding="utf-8").replace("[trusted=yes]", ""), encoding="utf-8"
    )
    with pytest.raises(SourceError, match=r"^apt-get: "), open_package(PACKAGE, "/usr/share"):
        pass
