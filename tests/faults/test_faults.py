"""Stages that are killed or cannot write, and runs at once; `make torture` has many more trials."""

import random
import signal

import pytest

from tests.faults.concurrency import repro_twice
from tests.faults.reruns import Rerun, can_inject, fail_write, kill, reruns, write_calls
from tests.support.project import FirstRun, Project
from tests.support.results import STAGES, differences, outputs

each_stage = pytest.mark.parametrize("stage", STAGES)


@pytest.fixture(scope="module")
def rerun_of(first_run: FirstRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rerun]:
    """Return each stage about to run again."""
    project = first_run.copy(tmp_path_factory.mktemp("reruns") / "a copy")
    return {rerun.stage: rerun for rerun in reruns(project)}


@each_stage
def test_a_killed_stage_costs_nothing(stage: str, rerun_of: dict[str, Rerun]) -> None:
    """Killed at a random moment, a stage leaves whole files and runs again to the same bytes."""
    rerun = rerun_of[stage]
    kill(rerun, signal.SIGKILL, random.uniform(0, rerun.seconds))


@each_stage
def test_a_failed_write_is_one_line_and_leaves_no_half_file(
    stage: str, rerun_of: dict[str, Rerun]
) -> None:
    """A write, fsync or rename that fails ends the stage with one line and whole files."""
    if not can_inject():
        pytest.skip("strace is not installed or may not trace")
    call = random.choice(write_calls(rerun_of[stage]))
    fail_write(rerun_of[stage], call, "ENOSPC")


@pytest.mark.slow
def test_two_repros_at_once_end_sound(project: Project, first_run: FirstRun) -> None:
    """Each of two `dvc repro` in one clone runs, or says that the other does."""
    assert repro_twice(project, 0.3) > 0
    project.run("dvc", "repro")
    assert not differences(outputs(project), outputs(first_run.project))
