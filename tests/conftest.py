"""Fixtures that several test modules share."""

import gzip
import os
from pathlib import Path

import pytest

from tests.support.project import FirstRun, Project, clean_environment, new_project
from tests.support.server import serving
from tests.support.synthetic import NAMES, idx_files

# What a developer, a git hook or make has set changes nothing, not even inside this process. The
# source of the real dataset stays: the tests of the real data ask for it.
for _name in os.environ.keys() - clean_environment().keys() - {"DATASET_SOURCE"}:
    del os.environ[_name]
os.environ.update(clean_environment())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a fresh clone with the synthetic dataset, in a folder whose name has a space."""
    return new_project(tmp_path / "a clone")


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    """Run the pipeline in a clone, its dataset from a web server, and commit the results."""
    project = new_project(tmp_path_factory.mktemp("first") / "a clone")
    files = {f"{NAMES[key]}.gz": gzip.compress(content) for key, content in idx_files().items()}
    with serving(files) as server:
        done = project.run("dvc", "repro", DATASET_SOURCE=server.url)
    project.commit("Run the pipeline")
    return FirstRun(project, done.stdout, server.host)


@pytest.fixture
def reproduced(first_run: FirstRun, tmp_path: Path) -> Project:
    """Return a copy of the clone in which the pipeline ran, cache included, to be changed."""
    return first_run.copy(tmp_path / "a copy")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a temporary folder the working directory and return it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return where to fetch a file to, in a folder that is not there yet."""
    return tmp_path / "raw" / "train-images-idx3-ubyte"
