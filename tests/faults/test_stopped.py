"""Runs that are killed, stopped, or started twice, on the small dataset; `make torture` is the long version."""

import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.concurrency import BUSY, two_at_once
from tests.faults.kills import COMMANDS, TRACEBACK_OF_A_STAGE, Arena, survive
from tests.faults.results import differences, results
from tests.support.project import as_in_a_terminal


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
def test_a_stopped_run_costs_nothing(
    arena: Arena, by: signal.Signals, command: str, stage: str
) -> None:
    """After a signal at a random moment, a plain `dvc repro` ends with the bytes of an undisturbed run."""
    at = arena.moment(random.Random(), stage)
    survived = survive(arena, f"{command} {by.name} {stage}", COMMANDS[command], at, by)
    assert not TRACEBACK_OF_A_STAGE.search(survived.stopped.output), survived.stopped.output


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_ctrl_c_while_a_stage_starts_shows_no_traceback(arena: Arena, shell: str) -> None:
    """From the first millisecond on, SIGINT ends a stage at once, before Python is there, in its start and in the imports."""
    project = arena.copy(arena.snapshots["train"], f"stopped in {shell}")
    project.set_params(epochs=100_000)  # it must not end before the signal
    first_moments = [
        number / 500 for number in range(30)
    ]  # seconds; Python starts in the first 60 ms, the imports take longer
    for seconds in (*first_moments, 0.1, 0.2, 1):
        with subprocess.Popen(
            [shell, "stages/run.sh", "train"],
            cwd=project.folder,
            env=project.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=as_in_a_terminal,  # noqa: PLW1509 - it calls nothing that a thread could hold
        ) as process:
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGINT)
            _, printed = process.communicate(
                timeout=60
            )  # until every process of the group has ended
        assert process.returncode in (-signal.SIGINT, 143), (
            f"after {seconds} s: {process.returncode} {printed}"
        )
        assert re.fullmatch(r"(train: stopped: .*\n)?", printed), f"after {seconds} s: {printed}"


def test_a_lock_file_without_a_size_is_removed(arena: Arena) -> None:
    """DVC takes a dvc.lock without the last `size:` of a stage for whole, and keeps it so; tools/unlock.py removes it."""
    project = arena.copy(arena.snapshots["train"], "no size")
    lock = project.path("dvc.lock")
    short = lock.read_text().rpartition("      size:")[0]
    lock.write_text(short)
    project.run("dvc", "repro", "preprocess")
    assert lock.read_text() == short
    assert "cut short" in project.run("python", "-m", "tools.unlock").stdout
    project.run("dvc", "repro")
    assert not differences(results(project), arena.references[0.1])


def test_two_repros_at_once_end_sound(arena: Arena, tmp_path: Path) -> None:
    """Of two `dvc repro` in one clone, each runs or says that the other does, and the results are those of one."""
    project = arena.copy(arena.snapshots["train"], "twice")
    for status, output in two_at_once(project, 0.3):
        assert status == 0 or BUSY.search(output), output
    project.run("dvc", "repro")
    assert not differences(results(project), arena.references[0.1])


def test_a_file_that_dvc_left_cut_short_is_removed(arena: Arena) -> None:
    """DVC cannot go on when a signal has cut a file of its own short; tools/unlock.py removes that and nothing whole."""
    project = arena.copy(arena.snapshots["train"], "cut short")
    for name, text in (
        (".dvc/tmp/rwlock", "{}"),
        ("dvc.lock", project.path("dvc.lock").read_text()),
    ):
        path = project.path(name)
        for whole in (text, f"<<<<<<< HEAD\n{text}") if name == "dvc.lock" else (text,):
            path.write_text(whole)
            project.run("python", "-m", "tools.unlock")
            assert path.read_text() == whole
        for short in ("", text[: len(text) * 3 // 4], text[:-1]):
            path.write_text(short)
            assert "cut short" in project.run("python", "-m", "tools.unlock").stdout
            assert not path.exists()
    project.path("dvc.lock").write_text("")
    assert "validation failed" in project.run("dvc", "repro", status=None).stderr
    project.run("python", "-m", "tools.unlock")
    project.run("dvc", "repro")
    assert not differences(results(project), arena.references[0.1])


@pytest.mark.parametrize(
    ("left", "said"), [("half", "'outs'"), ("", "join() argument")], ids=["half", "no"]
)
def test_an_entry_of_the_run_cache_that_dvc_left_cut_short_is_removed(
    arena: Arena, left: str, said: str
) -> None:
    """DVC stumbles over half an entry of its run cache, or a folder without one; tools/unlock.py removes just that."""
    project = arena.copy(arena.snapshots["evaluate"], f"{left or 'no'} entry")
    project.path("dvc.lock").write_bytes(arena.snapshots["train"].path("dvc.lock").read_bytes())
    entries = [path for path in project.path(".dvc/cache/runs").rglob("*") if path.is_file()]
    (trained,) = (
        path for path in entries if path.read_text().startswith("cmd: sh stages/run.sh train\n")
    )
    half = trained.rename(trained.with_name(".half.tmp"))
    half.write_text(half.read_text().partition("outs:")[0])
    if not left:
        half.unlink()
    assert said in project.run("dvc", "repro", status=None).stderr
    project.run("python", "-m", "tools.unlock")
    assert [path for path in entries if not path.exists()] == [trained]
    assert not trained.parent.exists()
    project.run("dvc", "repro")
    assert not differences(results(project), arena.references[0.1])
