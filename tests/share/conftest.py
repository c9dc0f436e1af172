"""A project whose pipeline ran and whose source is gone, and a team that shares it in a folder."""

from pathlib import Path

import pytest

from tests.support.project import Project, new_project
from tests.support.sharing import documented, published, type_in


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Run the pipeline in a clone, commit the results, and take the dataset's only source away."""
    project = new_project(tmp_path_factory.mktemp("ran") / "a clone")
    project.run("dvc", "repro")
    project.commit("Run the pipeline")
    source = project.folder.with_name("a clone-source")
    source.rename(source.with_name("gone"))
    return project


@pytest.fixture
def sender(ran: Project, tmp_path: Path) -> Project:
    """Return a clone with the results, which tracks a git remote and has no DVC remote yet."""
    return published(ran, tmp_path)


@pytest.fixture(scope="session")
def team(ran: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a clone that has pushed its results and the experiment `faster` for its colleagues.

    Tests add tags and experiments to its git remote, and leave its working tree alone.
    """
    folder = tmp_path_factory.mktemp("team")
    clone = published(ran, folder)
    type_in(clone, documented("A remote in a folder", words={"/srv/dvc": str(folder / "storage")}))
    type_in(clone, documented("An experiment to a colleague"))
    clone.run("git", "restore", ".")
    clone.run("dvc", "checkout", "-q")
    type_in(clone, documented("Push and pull"))
    return clone
