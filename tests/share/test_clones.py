"""What docs/share.md says about clones that are not whole: it works, or it says what to do."""

from pathlib import Path

import pytest

from tests.support.project import Project, git
from tests.support.sharing import colleague, documented, type_in

pytestmark = pytest.mark.slow


def test_a_shallow_clone(team: Project, tmp_path: Path) -> None:
    """A shallow clone pulls, reproduces, sends an experiment and compares; a base is fetched."""
    clone = colleague(team, tmp_path / "b", "--depth", "1")
    said = type_in(clone, documented("Push and pull", 1))
    assert said.endswith("Data and pipelines are up to date.\n")
    clone.run("dvc", "exp", "save", "-n", "shallow")
    clone.run("dvc", "exp", "push", "origin", "shallow")
    assert "shallow" in clone.run("python", "-m", "tools.compare").stdout
    older = ("python", "-m", "tools.report", "main~1")
    assert "git fetch --unshallow" in clone.run(*older, status=1).stderr
    git(clone.folder, "fetch", "-q", "--unshallow")
    assert "wrote report/report.md" in clone.run(*older).stdout


def test_a_clone_without_tags(team: Project, tmp_path: Path) -> None:
    """Without tags gto finds nothing; it does after they are fetched."""
    git(team.folder, "tag", "-am", "A version", "tagged@v1.0.0")
    git(team.folder, "push", "-q", "origin", "tagged@v1.0.0")
    clone = colleague(team, tmp_path / "b", "--no-tags")
    assert clone.run("gto", "show").stdout == "Nothing found in the current workspace\n"
    git(clone.folder, "fetch", "-q", "--tags")
    assert "tagged" in clone.run("gto", "show").stdout


def test_a_worktree(team: Project, tmp_path: Path) -> None:
    """A linked worktree takes its data from its clone's cache, and sees the experiments."""
    git(team.folder, "worktree", "add", "-q", "-b", "side", str(tmp_path / "a worktree"))
    linked = Project(tmp_path / "a worktree", team.environment)
    type_in(linked, documented("Partial clones"))
    assert not linked.path(".dvc/cache/files").exists()
    assert linked.run("dvc", "repro").stdout.endswith("Data and pipelines are up to date.\n")
    assert "faster" in linked.run("dvc", "exp", "list").stdout
