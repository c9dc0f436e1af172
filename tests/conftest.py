"""Fixtures that several test modules share."""

from pathlib import Path

import pytest

from tests.project import Project, new_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a fresh clone with the synthetic dataset, in a folder whose name has a space."""
    return new_project(tmp_path / "a clone")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a temporary folder the working directory and return it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return where to fetch a file to, in a folder that is not there yet."""
    return tmp_path / "raw" / "train-images-idx3-ubyte"
