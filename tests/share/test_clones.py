"""What docs/share.md says about clones that are not whole: it works, or it says what to do."""

from pathlib import Path

from tests.support.project import Project
from tests.support.sharing import colleague, documented, type_in

PARTIAL = "A clone that is not whole"


def report(project: Project, base: str, *, status: int = 0) -> str:
    """Compare the results with those of a revision; return what the report says."""
    done = project.run("python", "-m", "tools.report", base, status=status)
    return done.stdout + done.stderr


def test_a_shallow_clone(team: Project, tmp_path: Path) -> None:
    """A shallow clone pulls, reproduces, experiments, shares and compares; a base is fetched."""
    clone = colleague(team, tmp_path / "b", "--depth", "1")
    said = type_in(clone, documented("Push and pull", 1))
    assert said.endswith("Data and pipelines are up to date.\n")
    clone.run("dvc", "exp", "run", "--pull", "-n", "shallow", "-S", "lr=0.2")
    clone.run("dvc", "exp", "push", "origin", "shallow")
    assert "shallow" in clone.run("python", "-m", "tools.compare").stdout
    assert "git fetch --unshallow" in report(clone, "main~1", status=1)
    clone.run("git", "fetch", "-q", "--unshallow")
    assert "wrote report/report.md" in report(clone, "main~1")


def test_a_clone_without_tags(team: Project, tmp_path: Path) -> None:
    """Without tags gto finds nothing; it does after they are fetched."""
    team.run("gto", "register", "tagged", "--version", "v1.0.0")
    team.run("git", "push", "-q", "origin", "--tags")
    clone = colleague(team, tmp_path / "b", "--no-tags")
    assert clone.run("gto", "show").stdout == "Nothing found in the current workspace\n"
    clone.run("git", "fetch", "--tags")
    assert "tagged" in clone.run("gto", "show").stdout


def test_a_worktree(team: Project, tmp_path: Path) -> None:
    """A linked worktree takes its data from its clone's cache, and sees tags and experiments."""
    team.run("git", "worktree", "add", "-q", "-b", "side", str(tmp_path / "a worktree"))
    linked = Project(tmp_path / "a worktree", team.environment)
    type_in(linked, documented(PARTIAL))
    assert not linked.path(".dvc/cache/files").exists()
    assert linked.run("dvc", "repro").stdout.endswith("Data and pipelines are up to date.\n")
    assert "faster" in linked.run("python", "-m", "tools.compare").stdout
    assert report(linked, "main").startswith("Nothing changed")
