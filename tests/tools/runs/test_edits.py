"""Uncommitted edits are named before `dvc exp apply` discards them."""

import pytest

from tests.support.project import Project
from tools.runs.edits import keep_edits


@pytest.mark.parametrize("stage", [False, True], ids=["edited", "staged"])
def test_edits_are_named_and_can_be_kept(
    reproduced: Project, monkeypatch: pytest.MonkeyPatch, stage: bool
) -> None:
    """What DVC's apply discards is named, as is the command that keeps it; results are no edits."""
    monkeypatch.chdir(reproduced.folder)
    reproduced.run("dvc", "exp", "run", "--temp", "--name", "best", "--set-param", "lr=0.2")
    reproduced.path("metrics/train.json").write_text("{}", encoding="utf-8")
    reproduced.path("my notes.txt").write_text("untracked\n", encoding="utf-8")
    assert keep_edits() == ""
    reproduced.set_params(lr=0.2)  # as `dvc exp run` leaves them
    assert keep_edits() == ""

    edited = ("stages/train.py", "README.md", "params.yaml")
    for name in edited:
        with reproduced.path(name).open("a") as file:
            file.write("# mine\n")
    if stage:
        reproduced.run("git", "add", *edited)
    said = keep_edits()
    assert "discard your uncommitted edits of README.md, params.yaml, stages/train.py.\n" in said
    assert "`git stash` now, and `git stash pop` once" in said

    reproduced.run("git", "stash")
    reproduced.run("dvc", "exp", "apply", "best")
    reproduced.commit("Apply the best")
    reproduced.run("git", "stash", "pop", status=None)
    assert all("# mine" in reproduced.path(name).read_text(encoding="utf-8") for name in edited)
    assert reproduced.path("my notes.txt").exists()


def test_many_edits_are_counted(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """More edits than fit in a line are counted, and a deleted file is one of them."""
    monkeypatch.chdir(project.folder)
    for path in sorted(project.folder.glob("docs/*.md"))[:3]:
        path.unlink()
    for name in ("README.md", "Makefile"):
        project.path(name).write_text("", encoding="utf-8")
    assert "of Makefile, README.md, docs/" in keep_edits()
    assert " and 2 more." in keep_edits()
