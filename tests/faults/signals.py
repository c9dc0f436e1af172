"""Commands of a project stopped by a signal at a chosen moment, the whole process group at once."""

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

from tests.support.project import Project, as_in_a_terminal

STAGES = ("download", "preprocess", "train", "evaluate")


@dataclass(frozen=True)
class Moment:
    """When a signal is sent: `seconds` after dvc says that it runs `stage`, or after its start when that is ""."""

    stage: str
    seconds: float


@dataclass(frozen=True)
class Stopped:
    """How a command ended."""

    returncode: int
    output: str  # standard output and error together
    hit: bool  # the signal found the command still running


def announced(line: str) -> str | None:
    """Return the stage that a line of dvc's output says is running, if it does."""
    return line.split("'")[1] if line.startswith("Running stage '") else None


def run_stage_timed(project: Project, stage: str) -> float:
    """Run `dvc repro` up to a stage; return how long it took from the announcement of that stage to the end."""
    with subprocess.Popen(
        ["dvc", "repro", stage],
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        started = next(time.monotonic() for line in process.stdout if announced(line) == stage)
        process.stdout.read()
    assert process.returncode == 0
    return time.monotonic() - started


def stop(project: Project, *command: str, at: Moment, by: signal.Signals) -> Stopped:
    """Start a command in a process group of its own and send the group a signal at a moment; wait for its end."""
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            cwd=project.folder,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            preexec_fn=as_in_a_terminal,  # noqa: PLW1509 - it calls nothing that a thread could hold
        ) as process,
    ):
        assert process.stdout
        seen = []
        for line in process.stdout if at.stage else ():
            seen.append(line)
            if announced(line) == at.stage:
                break
        time.sleep(at.seconds)
        hit = process.poll() is None
        if hit:
            os.killpg(process.pid, by)
        rest = process.stdout.read()  # ends when every process of the group has ended
        process.wait()
        errors.seek(0)
        return Stopped(process.returncode, "".join(seen) + rest + errors.read(), hit)
