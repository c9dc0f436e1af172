"""Runs at the same time: two `dvc repro` in one clone, and DVC's queue with several workers."""

import re
import subprocess
import time

from tests.faults.results import Files
from tests.support.project import Project

# What DVC says when another process holds what it needs.
BUSY = re.compile(r"is busy, it is being blocked by|Unable to acquire lock")
_METRICS = (
    "metrics/download.json",
    "metrics/preprocess.json",
    "metrics/train.json",
    "metrics/evaluate.json",
)


def two_at_once(project: Project, delay: float) -> list[tuple[int, str]]:
    """Start two `dvc repro` in a project, one `delay` seconds after the other; return their statuses and outputs."""
    processes = []
    for pause in (0, delay):
        time.sleep(pause)
        processes.append(
            subprocess.Popen(
                ["dvc", "repro"],
                cwd=project.folder,
                env=project.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    outputs = [process.communicate()[0] for process in processes]
    return [
        (process.returncode, output) for process, output in zip(processes, outputs, strict=True)
    ]


def run_queue(project: Project, name: str, settings: list[str], jobs: int) -> list[str]:
    """Queue an experiment for each setting, for example "seed=3", run the queue, and return the experiments' names."""
    names = {f"{name}-{number}": setting for number, setting in enumerate(settings)}
    for experiment, setting in names.items():
        project.run("dvc", "exp", "run", "--queue", "-n", experiment, "-S", setting)
    project.run("sh", "-c", f"dvc queue start -j {jobs} >workers.log 2>&1")
    try:
        wait_for_queue(project)
    finally:
        project.run("dvc", "queue", "stop", "--kill", status=None)
    return list(names)


def wait_for_queue(project: Project, *, seconds: float = 600) -> None:
    """Return when no experiment is queued or running any more."""
    deadline = time.monotonic() + seconds
    while re.search(
        r"\b(Queued|Running)\b", status := project.run("dvc", "queue", "status").stdout
    ):
        assert time.monotonic() < deadline, f"the queue does not end:\n{status}"
        time.sleep(1)


def metrics_of(project: Project, experiment: str) -> Files:
    """Return the metrics files that an experiment recorded in git."""
    revision = project.run(
        "git", "for-each-ref", "--format=%(objectname)", f"refs/exps/*/*/{experiment}"
    ).stdout.strip()
    assert revision, f"{experiment} was not recorded"
    return {
        name: project.run("git", "show", f"{revision}:{name}").stdout.encode() for name in _METRICS
    }
