"""Runs at the same time: two `dvc repro` in one clone, and DVC's queue with several workers."""

import re
import subprocess
import time
from collections.abc import Sequence

from tests.support.project import Project
from tests.support.results import Files

METRICS = ("metrics/train.json", "metrics/evaluate.json")
# What DVC says when another process holds what it needs.
_BUSY = re.compile(r"is busy, it is being blocked by|Unable to acquire lock")


def repro_twice(project: Project, delay: float) -> int:
    """Start two `dvc repro`, the second so many seconds later; return how many of them ran.

    Fail unless each ran or said that the other does.
    """
    processes = []
    for pause in (0, delay):
        time.sleep(pause)
        process = subprocess.Popen(
            ["dvc", "repro"],
            cwd=project.folder,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
    for process in processes:
        printed, _ = process.communicate(timeout=200)
        assert process.returncode == 0 or _BUSY.search(printed), printed
    return sum(process.returncode == 0 for process in processes)


def run_queue(project: Project, settings: Sequence[str], *, jobs: int) -> list[Files]:
    """Run an experiment for each setting, such as "lr=0.2", through the queue.

    Returns:
        The metrics files that each experiment recorded in git.
    """
    names = [f"queued-{number}" for number in range(len(settings))]
    for name, setting in zip(names, settings, strict=True):
        project.run("dvc", "exp", "run", "--queue", "-n", name, "-S", setting)
    # A file, because the workers would keep a pipe open.
    project.run("sh", "-c", f"dvc queue start -j {jobs} >workers.log 2>&1")
    deadline = time.monotonic() + 600
    while names != (recorded := _recorded(project)):
        assert time.monotonic() < deadline, f"only {recorded} were recorded"
        time.sleep(0.5)
    project.run("dvc", "queue", "stop", "--kill")
    return [metrics_of_experiment(project, name) for name in names]


def _recorded(project: Project) -> list[str]:
    pattern = "refs/exps/*/*/queued-*"
    listed = project.run("git", "for-each-ref", "--format=%(refname:lstrip=4)", pattern)
    return sorted(listed.stdout.split(), key=lambda name: int(name.rpartition("-")[2]))


def metrics_of_experiment(project: Project, experiment: str) -> Files:
    """Return the metrics files that an experiment recorded in git."""
    pattern = f"refs/exps/*/*/{experiment}"
    listed = project.run("git", "for-each-ref", "--format=%(objectname)", pattern)
    revision = listed.stdout.strip()
    return {
        name: project.run("git", "show", f"{revision}:{name}").stdout.encode() for name in METRICS
    }


def metrics_alone(project: Project, setting: str) -> Files:
    """Train and evaluate with a setting, without DVC, and return the metrics files."""
    name, value = setting.split("=")
    project.set_params(**{name: float(value)})
    for stage in ("train", "evaluate"):
        project.run("python", "-m", f"stages.{stage}")
    return {name: project.path(name).read_bytes() for name in METRICS}
