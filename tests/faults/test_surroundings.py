"""The pipeline away from home: other folders, languages, git settings and interpreters."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.project import FirstRun, Project, clean_environment, git, new_project
from tests.support.results import differences, outputs, results

STRANGE = {
    "HOME": "/proc/nowhere",  # cannot be made or written, not even by root
    "LC_ALL": "ko_KR.UTF-8",
    "TZ": "Asia/Seoul",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}


def test_strange_surroundings_give_the_same_bytes(first_run: FirstRun, tmp_path: Path) -> None:
    """In a sub-folder of a larger repository, without a home, in another language: same bytes."""
    larger = tmp_path / "낯선 dossier é"
    strange = new_project(larger / "models/fashion", repository=larger)
    source = larger / "models/fashion-source"
    for path in source.iterdir():
        path.chmod(0o444)
    source.chmod(0o555)
    strange.environment |= STRANGE
    strange.run("sh", "-c", "umask 077 && exec setsid -w dvc exp run -n first")
    assert not differences(outputs(strange), outputs(first_run.project))
    assert "first" in strange.run("dvc", "exp", "list", "--name-only").stdout
    assert strange.run("git", "stash", "list").stdout == ""


# As in LC_ALL=de_DE.ISO-8859-1, which few systems have: ASCII where Python does not ask for UTF-8.
NO_UTF_8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.slow
def test_a_terminal_without_utf_8_changes_only_what_it_shows(tmp_path: Path) -> None:
    """Where only ASCII can be shown, every file is as ever, and the terminal gets escapes."""
    project = new_project(tmp_path / "clone", classes=("鳥", "Müll", "circle"))
    project.environment |= NO_UTF_8
    project.run("dvc", "repro")
    project.commit("Run")
    project.run("git", "branch", "möwe")
    images = str(project.path("data/prepared/test_images.npy"))
    shown = project.run("python", "-m", "tools.predict", images).stdout
    project.run("python", "-m", "tools.export")
    project.run("python", "-m", "tools.compare")
    compared = project.run("python", "-m", "tools.report", "möwe").stdout
    for name in ("鳥", "Müll"):
        project.path(f"photos/{name}").mkdir(parents=True)
        for number in range(8):
            picture = np.random.default_rng(number).integers(0, 256, (28, 28), np.uint8)
            Image.fromarray(picture).save(project.path(f"photos/{name}/{number}{name}.png"))
    project.run("python", "-m", "tools.import_images", "photos", "--name", "photos")
    project.run("python", "-m", "tools.predict", "--labelled", "photos")
    assert r"\u9ce5" in shown
    assert r"M\xfcll" in shown
    assert r"m\xf6we" in compared
    for path in (
        *("plots/predictions.csv", "export/README.md", "export/index.html"),
        *("data/datasets/photos.yaml", "data/local/photos/pictures.csv"),
    ):
        assert "鳥" in project.path(path).read_text(encoding="utf-8"), path
    for path in ("report/report.md", "report/index.html"):
        assert "möwe" in project.path(path).read_text(encoding="utf-8"), path


def test_every_python_gives_the_same_metrics(first_run: FirstRun, tmp_path: Path) -> None:
    """The interpreters that OTHER_PYTHONS names, joined by colons, give the same results."""
    others = os.environ.get("OTHER_PYTHONS", "")
    if not others:
        pytest.skip("OTHER_PYTHONS names no other interpreter")
    wanted = outputs(first_run.project)
    for number, python in enumerate(others.split(":")):
        project = new_project(tmp_path / f"clone {number}")
        path = f"{Path(python).parent}{os.pathsep}{project.environment['PATH']}"
        project.environment["PATH"] = path
        used = project.run("python", "-c", "import sys; print(sys.executable)").stdout.strip()
        assert used == python
        project.run("dvc", "repro")
        found = outputs(project)
        for name in wanted.keys() - {name for name in wanted if name.endswith(".png")}:
            assert found[name] == wanted[name], (python, name)


# Of macOS, Windows, Synology, network file systems, merges, and editors.
JUNK = (
    *(".DS_Store", "._train.py", "Thumbs.db", "desktop.ini", "@eaDir/train.py", ".nfs000123"),
    *("training.py.orig", "training.py.rej", ".idea/workspace.xml", ".vscode/settings.json"),
    *(".training.py.swp", "training.py~", "#training.py#", ".#training.py", "training.py.bak"),
    *(".ipynb_checkpoints/training-checkpoint.py", ".training.py.kate-swp"),
)


def test_what_editors_and_systems_leave_behind_is_no_change(reproduced: Project) -> None:
    """Junk in folders that are deps changes no stage, and the report's gate passes."""
    for folder in ("stages/common/gluon", "stages/common/sources", "data/raw"):
        for name in JUNK:
            path = reproduced.path(f"{folder}/{name}")
            path.parent.mkdir(exist_ok=True)
            path.write_text("junk", encoding="utf-8")
    assert "up to date" in reproduced.run("dvc", "status").stdout
    reproduced.run("python", "-m", "tools.report", "HEAD", "--fail-if", "test_loss > base + 1")
    reproduced.path("stages/common/gluon/more.py").touch()
    assert "stages/common/gluon" in reproduced.run("dvc", "status").stdout


def test_a_developers_git_settings_and_hooks_are_left_alone(
    first_run: FirstRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a git hook of a developer who signs commits, experiments run and the index is kept."""
    hooks, home = tmp_path / "hooks", tmp_path / "home"
    hooks.mkdir()
    for name in ("pre-commit", "commit-msg", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    home.mkdir()
    settings = {"commit.gpgsign": "true", "gpg.program": "false", "core.hooksPath": str(hooks)}
    for key, value in settings.items():
        git(home, "config", "--file", ".gitconfig", key, value)
    developers = new_project(tmp_path / "developer's").folder
    before = (developers / ".git/index").read_bytes()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(developers / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(developers / ".git/index"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))

    project = first_run.copy(tmp_path / "a copy")
    project = Project(project.folder, clean_environment())
    project.run("dvc", "exp", "run", "-n", "faster", "-S", "lr=0.2")
    project.run("dvc", "exp", "apply", "faster")
    project.commit("Take the faster one")
    assert new_project(tmp_path / "another").run("git", "status", "--porcelain").stdout == ""
    assert (developers / ".git/index").read_bytes() == before


def test_a_linked_worktree_has_the_same_results(reproduced: Project, tmp_path: Path) -> None:
    """In a worktree of `git worktree add` an experiment gives the bytes that the clone has."""
    reproduced.run("git", "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = Project(tmp_path / "linked", reproduced.environment)
    linked.run("dvc", "exp", "run", "-n", "again")
    assert not differences(results(linked), results(reproduced))
    assert "again" in linked.run("dvc", "exp", "list", "--name-only").stdout
    assert reproduced.run("git", "status", "--porcelain").stdout == ""


def test_a_clone_of_git_for_windows_holds_the_same_bytes(reproduced: Project) -> None:
    """With core.autocrlf every file is checked out as committed, and nothing is to run again."""
    names = reproduced.run("git", "ls-files", "-z").stdout.split("\0")[:-1]
    committed = {name: reproduced.path(name).read_bytes() for name in names}
    reproduced.run("git", "config", "core.autocrlf", "true")
    reproduced.run("git", "rm", "-rqf", ".")
    reproduced.run("git", "reset", "-q", "--hard")
    for name, content in committed.items():
        assert reproduced.path(name).read_bytes() == content, name
    assert "up to date" in reproduced.run("dvc", "repro").stdout
