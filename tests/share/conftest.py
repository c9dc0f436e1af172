"""A project whose source is gone, and a team that shares its results in a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import FirstRun, Project
from tests.support.sharing import documented, published, type_in


@pytest.fixture(autouse=True)
def no_source(first_run: FirstRun) -> Iterator[None]:
    """Take the dataset's only source away while a test of sharing runs."""
    source = first_run.project.folder.with_name("a clone-source")
    gone = source.with_name("gone")
    source.rename(gone)
    yield
    gone.rename(source)


@pytest.fixture
def sender(first_run: FirstRun, tmp_path: Path) -> Project:
    """Return a clone with the results, which tracks a git remote and has no DVC remote yet."""
    return published(first_run.project, tmp_path)


@pytest.fixture(scope="session")
def team(first_run: FirstRun, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a clone that has pushed its results and the experiment `faster` for its colleagues.

    Tests add tags and experiments to its git remote, and leave its working tree alone.
    """
    folder = tmp_path_factory.mktemp("team")
    clone = published(first_run.project, folder)
    type_in(clone, documented("A remote in a folder", words={"/srv/dvc": str(folder / "storage")}))
    type_in(clone, documented("Push and pull"))
    type_in(clone, documented("An experiment to a colleague"))
    clone.run("git", "restore", ".")
    return clone
