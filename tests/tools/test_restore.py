"""The way back to the last commit, from each state in which experiments leave a clone."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.project import FirstRun, Project
from tests.support.results import differences, results
from tests.support.terminal import terminal

RESTORE = ("python", "-m", "tools.restore")


@pytest.fixture(scope="module")
def accumulated(first_run: FirstRun, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a clone after two experiments, of which the second has the params of both."""
    project = first_run.copy(tmp_path_factory.mktemp("accumulated") / "a clone")
    project.run("dvc", "exp", "run", "-S", "momentum=0.5")
    project.run("dvc", "exp", "run", "-S", "lr=0.2")
    return project


@pytest.fixture
def left(accumulated: Project, tmp_path: Path) -> Project:
    """Return a copy of that clone, to be changed."""
    shutil.copytree(accumulated.folder, tmp_path / "left", symlinks=True)
    return Project(tmp_path / "left", accumulated.environment)


def accumulate(project: Project) -> None:
    """Leave the clone as the experiments have."""
    assert "lr: 0.2" in project.path("params.yaml").read_text(encoding="utf-8")


def check_out_files_and_data(project: Project) -> None:
    """Go back where DVC has staged dvc.lock, as it is told by some: the new model stays."""
    project.run("dvc", "config", "--local", "core.autostage", "true")
    project.set_params(epochs=1)
    project.run("dvc", "repro")
    project.run("git", "checkout", ".")
    project.run("dvc", "checkout", "--force")


def check_out_some_files(project: Project) -> None:
    """Go back without dvc.lock, which keeps the data of the experiment."""
    project.run("git", "restore", "params.yaml", "metrics", "plots")
    project.run("dvc", "checkout")


def fail_unseen(project: Project) -> None:
    """Fail, and leave an index of git that takes params.yaml for the committed one, as DVC can.

    Git looks at a file's size and time, which are those of the committed one here.
    """
    project.run("dvc", "exp", "run", "-S", "device=gpu", status=255)
    params = project.path("params.yaml")
    failed, committed = params.read_bytes(), project.run("git", "show", "HEAD:params.yaml").stdout
    project.run("git", "config", "core.trustctime", "false")
    project.run("git", "config", "core.checkStat", "minimal")
    for content in (committed.encode(), failed):
        params.write_bytes(content)
        os.utime(params, (1e9, 1e9))
        project.run("git", "update-index", "-q", "--refresh", status=None)
    assert "params.yaml" not in project.run("git", "status", "--porcelain").stdout


STATES = (accumulate, check_out_files_and_data, check_out_some_files, fail_unseen)


@pytest.mark.parametrize("lead_to", STATES)
def test_every_state_leads_back_to_the_last_commit(
    lead_to: Callable[[Project], None], left: Project, first_run: FirstRun
) -> None:
    """Params, results and data are those of HEAD again, lost params are shown, none is staged."""
    lead_to(left)
    wanted = results(first_run.project)
    assert differences(results(left), wanted)
    params = left.path("params.yaml").read_bytes()
    said = left.run(*RESTORE, "--yes").stdout
    lost = params != first_run.project.path("params.yaml").read_bytes()
    assert ("params.yaml: +" in said) == lost
    assert said.endswith("params, results and data are those of the last commit\n")
    assert not differences(results(left), wanted)
    assert left.run("git", "status", "--porcelain").stdout == ""


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("", 1)])
def test_params_that_are_recorded_nowhere_are_not_lost_unasked(
    answer: str, status: int, left: Project
) -> None:
    """Recorded params go without a question; others after one, and not without a terminal."""
    left.set_params(lr=0.3)
    mine = left.path("params.yaml").read_bytes()
    refused = left.run(*RESTORE, status=1)
    assert "params.yaml: +lr: 0.3" in refused.stdout
    line = "params.yaml has edits that no experiment has recorded; `make restore YES=1` discards"
    assert refused.stderr == f"restore: {line} them\n"
    with terminal(RESTORE, cwd=left.folder, environment=left.environment) as asked:
        asked.type(f"{answer}\n")
        assert "Discard them? [y/N]" in asked.wait()
    assert asked.process.returncode == status
    assert (left.path("params.yaml").read_bytes() == mine) == bool(status)


def test_other_edits_stay_and_are_named(left: Project) -> None:
    """Code that the user has edited is kept, and no question is asked about recorded params."""
    code = left.path("stages/train.py")
    code.write_text(code.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    said = left.run(*RESTORE).stdout
    assert "your edits stay, and are not in these results: stages/train.py\n" in said
    assert "# mine" in code.read_text(encoding="utf-8")


def test_data_that_no_cache_holds_is_named(left: Project) -> None:
    """Where DVC's cache lacks the committed model, a line says what brings it."""
    shutil.rmtree(left.path(".dvc/cache"))
    shutil.rmtree(left.path("data/model"))
    done = left.run(*RESTORE, status=1)
    assert "`dvc pull` or `dvc repro` brings" in done.stderr
    assert "Traceback" not in done.stderr
    assert left.run("git", "status", "--porcelain").stdout == ""
