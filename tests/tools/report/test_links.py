"""The addresses of pictures in the comment."""

import re
from pathlib import Path

import pytest

from tests.support.runs import commit_run, repository, write_run
from tools.report.links import picture_links
from tools.runs.git import RevisionError
from tools.runs.revision import commit, working_tree

SERVER = {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "owner/name"}
RAW = "https://github.example/owner/name/raw"


@pytest.fixture
def project(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the working directory a folder, in a larger repository, with a committed picture."""
    repository(here)
    folder = here / "our models"
    write_run(folder)
    (folder / "plots/confusion.png").write_bytes(b"before")
    commit_run(here)
    monkeypatch.chdir(folder)
    return folder


def test_pictures_are_linked_by_commit(project: Path) -> None:
    """Both sides' pictures lie at their commits, in the project's folder."""
    base = commit("HEAD")
    Path("plots/confusion.png").write_bytes(b"after")
    commit_run(project)
    head = commit("HEAD").commit
    (links,) = picture_links(base, working_tree(), SERVER | {"HEAD_SHA": head})
    file = "our%20models/plots/confusion.png"
    assert (links.before, links.after) == (
        f"{RAW}/{base.commit}/{file}",
        f"{RAW}/{head}/{file}",
    )


def test_picture_that_is_not_committed_has_no_link(project: Path) -> None:
    """A picture of the working tree that the commit does not hold is not on the server."""
    base = commit("HEAD")
    Path("plots/confusion.png").write_bytes(b"after")
    Path("plots/learning_curves.png").write_bytes(b"new")
    (links,) = picture_links(base, working_tree(), SERVER | {"HEAD_SHA": base.commit})
    assert links.name == "Confusion matrix"
    assert links.after is None
    assert re.search(rf"/raw/{base.commit}/", str(links.before))


def test_outside_a_workflow_there_are_no_links(project: Path) -> None:
    """Without HEAD_SHA nothing is linked."""
    assert picture_links(commit("HEAD"), working_tree(), SERVER) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEAD_SHA", "main"),
        ("HEAD_SHA", "a" * 41),
        ("HEAD_SHA", "a" * 39 + "\n"),
        ("GITHUB_REPOSITORY", "owner/name/../other"),
        ("GITHUB_REPOSITORY", ""),
        ("GITHUB_SERVER_URL", "https://github.example/) [x](http://x"),
        ("GITHUB_SERVER_URL", "javascript:alert(1)"),
    ],
)
def test_settings_are_checked(project: Path, name: str, value: str) -> None:
    """A setting that would lead elsewhere is refused in one line that names it."""
    settings = SERVER | {"HEAD_SHA": commit("HEAD").commit, name: value}
    with pytest.raises(RevisionError, match=rf"\A{name}: not what it must be[^\n]+\Z"):
        picture_links(commit("HEAD"), working_tree(), settings)
