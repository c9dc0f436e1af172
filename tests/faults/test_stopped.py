"""Runs that are killed, stopped, or started twice, on the small dataset; `make torture` is the long version."""

import random
import signal
from pathlib import Path

import pytest

from tests.faults.concurrency import BUSY, two_at_once
from tests.faults.kills import COMMANDS, TRACEBACK_OF_A_STAGE, Arena, survive
from tests.faults.results import differences, results


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Arena:
    """Return projects to start from and undisturbed results."""
    return Arena(tmp_path_factory.mktemp("arena"))


@pytest.mark.parametrize(
    ("by", "command", "stage"),
    [
        (signal.SIGKILL, "dvc repro", "train"),
        (signal.SIGKILL, "dvc exp run", "evaluate"),
        (signal.SIGINT, "dvc repro", "train"),
        (signal.SIGTERM, "dvc repro", "preprocess"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_stopped_run_costs_nothing(arena: Arena, by: signal.Signals, command: str, stage: str) -> None:
    """After a signal at a random moment, a plain `dvc repro` ends with the bytes of an undisturbed run."""
    at = arena.moment(random.Random(), stage)
    survived = survive(arena, f"{command} {by.name} {stage}", COMMANDS[command], at, by)
    assert not TRACEBACK_OF_A_STAGE.search(survived.stopped.output), survived.stopped.output


def test_two_repros_at_once_end_sound(arena: Arena, tmp_path: Path) -> None:
    """Of two `dvc repro` in one clone, each runs or says that the other does, and the results are those of one."""
    project = arena.copy(arena.snapshots["train"], "twice")
    for status, output in two_at_once(project, 0.3):
        assert status == 0 or BUSY.search(output), output
    project.run("dvc", "repro")
    assert not differences(results(project), arena.references[0.1])


def test_a_lock_file_cut_short_is_removed(arena: Arena) -> None:
    """DVC cannot go on when a kill has emptied its lock file; tools/unlock.py removes that, and leaves a whole one alone."""
    project = arena.copy(arena.snapshots["download"], "cut short")
    lock = project.path(".dvc/tmp/rwlock")
    lock.parent.mkdir(exist_ok=True)
    lock.write_text("{}")
    project.run("python", "-m", "tools.unlock")
    assert lock.read_text() == "{}"
    lock.write_text("")
    assert "Unable to read RWLock-file" in project.run("dvc", "repro", "download", status=None).stderr
    assert "cut short" in project.run("python", "-m", "tools.unlock").stdout
    project.run("dvc", "repro", "download")
