"""`python -m tools.verify` on repositories whose committed results are right, and wrong."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.project import Project, as_in_a_terminal, git
from tests.support.verify import forge, small_project, verified, with_own_tmp


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a small project with committed results, to be copied."""
    return small_project(tmp_path_factory.mktemp("made") / "a project")


@pytest.fixture
def small(made: Project, tmp_path: Path) -> Project:
    """Return a small project with committed results, to be changed."""
    shutil.copytree(made.folder, tmp_path / "a project", symlinks=True)
    return with_own_tmp(Project(tmp_path / "a project", made.environment), tmp_path)


def rows(table: list[str]) -> dict[str, str]:
    """Return what the table says of each file."""
    return {name: text.strip() for name, _, text in (line.partition("  ") for line in table)}


@pytest.mark.parametrize("kind", ["shallow clone", "sub-folder of a work tree"])
def test_results_of_a_rerun_are_verified(tmp_path: Path, kind: str) -> None:
    """In any kind of checkout the table says equal throughout, and nothing is left behind."""
    outer = tmp_path / "a larger repository"
    below = Path("models/fashion") if kind.startswith("sub-folder") else Path()
    project = small_project(outer / below, repository=outer)
    tree = tmp_path / "tree"
    if kind == "shallow clone":
        git(tmp_path, "clone", "-q", "--depth=1", outer.as_uri(), str(tree))
    else:
        git(outer, "worktree", "add", "-q", str(tree))
    project = Project(tree / below, project.environment)
    before, line = sorted(tree.rglob("*")), tmp_path / "line.md"
    table, _ = verified(project, "HEAD", "--line", str(line), status=0)
    assert rows(table[:-1]) == dict.fromkeys(
        ("dvc.lock", "metrics/train.json", "plots/history.csv"), "equal"
    )
    assert table[-1].endswith(": Committed results are what a rerun gives.")
    assert line.read_text(encoding="utf-8") == "✅ Committed results are what a rerun gives.\n"
    assert sorted(tree.rglob("*")) == before


def test_what_changed_since_the_run_is_stale(small: Project, tmp_path: Path) -> None:
    """A param and a line of code, committed without results, are named with what to type."""
    small.path("params.yaml").write_text("lr: 0.2\n", encoding="utf-8")
    code = small.path("train.py").read_text(encoding="utf-8")
    small.path("train.py").write_text(f"{code}# a comment\n", encoding="utf-8")
    small.commit("Only params")
    table, problem = verified(small, "--line", str(tmp_path / "line.md"), status=1)
    assert "Stale: train.py, lr changed since the results were made; run `make repro`" in problem
    assert rows(table)["metrics/train.json"] == "loss 0.533333 committed, 0.566667 here"
    assert rows(table)["plots/history.csv"] == "2 figures by at most 0.033334"
    assert rows(table)["dvc.lock"].startswith("differs in train.py, data/model, metrics/train.json")
    assert (tmp_path / "line.md").read_text(encoding="utf-8").startswith("❌ Stale: train.py, lr ")


def test_an_edited_digit_is_found_before_it_is_committed(small: Project) -> None:
    """A figure that a person changed is not what dvc.lock records."""
    path = small.path("metrics/train.json")
    path.write_text(path.read_text(encoding="utf-8").replace("0.53", "0.52"), encoding="utf-8")
    table, problem = verified(small, status=1)
    assert "Edited: metrics/train.json is not the file that dvc.lock records" in problem
    assert rows(table)["metrics/train.json"] == "loss 0.523333 committed, 0.533333 here"


def test_other_bits_are_told_from_other_results(small: Project) -> None:
    """Figures that fit dvc.lock and are off by 1e-6 are of another CPU; by 0.1, they are not."""
    forge(small, "metrics/train.json", "0.533333", "0.533334")
    _, problem = verified(small, status=1)
    assert "Other bits: every figure is within 0.001 of the rerun's" in problem
    forge(small, "metrics/train.json", "0.533334", "0.633334")
    _, problem = verified(small, status=1)
    assert "Edited: metrics/train.json fits dvc.lock, but a rerun gives something else" in problem


def test_files_that_one_side_lacks_are_found(small: Project) -> None:
    """A result that nobody committed, and a file that no stage writes, are told apart."""
    small.path("plots/history.csv").unlink()
    small.path("plots/old.csv").write_text("a\n1\n", encoding="utf-8")
    small.path("plots/.gitignore").touch()
    small.commit("Other files")
    table, problem = verified(small, status=1)
    assert rows(table)["plots/history.csv"] == "not committed"
    assert rows(table)["plots/old.csv"] == "no stage writes it"
    assert "Missing: plots/history.csv is not committed; run `make repro`" in problem
    assert problem.endswith("Left over: no stage writes plots/old.csv; remove it.")
    assert len(table) == 4


def test_no_results_are_named(small: Project) -> None:
    """A commit without dvc.lock is asked for its results."""
    small.path("dvc.lock").unlink()
    _, problem = verified(small, status=1)
    assert "No results: dvc.lock is not committed; run `make repro`" in problem


@pytest.mark.parametrize("what", ["revision", "stage", "packages", "option"])
def test_what_cannot_be_told_is_status_2(small: Project, what: str) -> None:
    """No such revision, a stage that fails, other packages and a wrong option end with 2."""
    options = {"revision": ["nowhere"], "option": ["--nonsense"]}.get(what, [])
    if what == "stage":
        small.path("train.py").write_text("raise SystemExit('no')\n", encoding="utf-8")
    if what == "packages":
        small.path("requirements").mkdir()
        small.path("requirements/base.lock").write_text("numpy==1.0 \\\n", encoding="utf-8")
    _, problem = verified(small, *options, status=2)
    assert {
        "revision": "git knows no revision 'nowhere'",
        "stage": "a stage failed (see above)",
        "packages": "requirements/base.lock asks for numpy==1.0, which is 1.26.4 here",
        "option": "unrecognized arguments: --nonsense",
    }[what] in problem


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_verify_leaves_nothing(small: Project, number: signal.Signals) -> None:
    """After SIGTERM and SIGINT the folder is gone, and so is the stage that ran in it."""
    marker = small.folder.parent / "pid"
    code = f"import os, time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(99)\n"
    small.path("train.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "tools.verify"]
    log = subprocess.DEVNULL
    started = subprocess.Popen(
        command,
        cwd=small.folder,
        env=small.environment,
        stdout=log,
        stderr=log,
        preexec_fn=as_in_a_terminal,
    )
    end = time.monotonic() + 60
    while not (marker.exists() and marker.read_text(encoding="utf-8")):
        assert time.monotonic() < end
        time.sleep(0.05)
    started.send_signal(number)
    assert started.wait(30) == 128 + number
    assert not list(Path(small.environment["TMPDIR"]).iterdir())
    assert not runs(int(marker.read_text(encoding="utf-8")))


def runs(pid: int) -> bool:
    """Return whether a process runs, after a moment; one that ended may wait for its parent."""
    stat = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        if not stat.exists() or ") Z " in stat.read_text(encoding="utf-8"):
            return False
        time.sleep(0.05)
    return True
