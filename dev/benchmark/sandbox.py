"""Where the benchmark runs: clean environments, fresh copies of the project, the real data."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
EARLIER = "5e76811"  # MXNet made its operators when imported, and set-up compiled nothing
_FOREIGN = ("DVC", "GIT_", "MAKE", "PYTHON", "OMP_")  # settings of whoever runs the benchmark
_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | {
    f"GIT_{who}_{what}": f"benchmark@{who}.example"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


@dataclass(frozen=True)
class Places:
    """Folders of one run of the benchmark."""

    work: Path  # everything is in it; removed at the end
    peers_python: Path  # the interpreter that has the peers' packages; it need not exist

    @property
    def raw(self) -> Path:
        """The four IDX files."""
        return self.work / "data/data/raw"

    @property
    def prepared(self) -> Path:
        """The arrays, with all training images in `train`."""
        return self.work / "data/data/prepared"


@dataclass(frozen=True)
class Timed:
    """What one run of a command took."""

    seconds: float  # from start to end
    peak_mb: float  # resident memory of the largest of its processes
    printed: str


def environment(**more: str) -> dict[str, str]:
    """Return the variables of a command: this Python's programs first, no settings of others."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return kept | _GIT | {"PATH": path} | more


def timed(folder: Path, *command: str, **variables: str) -> Timed:
    """Run a command that must succeed in `folder`, and measure it."""
    variables = environment(**variables)
    # A full pipe would stop the command.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        # The kernel keeps the largest resident size of the process and of its children.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        printed = log.read()
    if process.returncode:
        raise SystemExit(f"benchmark: {' '.join(command)}: {printed}")
    return Timed(seconds, usage.ru_maxrss / 1024, printed)


def run(folder: Path, *command: str) -> str:
    """Run a command that must succeed in `folder`, and return what it printed."""
    return timed(folder, *command).printed


def figures(runs: list[Timed]) -> dict[str, Any]:
    """Return the figures of several runs of one command."""
    seconds = median(run.seconds for run in runs)
    return {"median": seconds, "runs": len(runs), "peak MB": max(run.peak_mb for run in runs)}


def new_copy(folder: Path, revision: str = "HEAD") -> Path:
    """Clone the project into `folder`, at a revision."""
    run(ROOT, "git", "clone", "-q", ".", str(folder))
    run(folder, "git", "checkout", "-q", "--detach", revision)
    return folder


def knows(revision: str) -> bool:
    """Return whether this clone holds a commit; a shallow one may not."""
    command = ("git", "cat-file", "-e", f"{revision}^{{commit}}")
    return subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, check=False).returncode == 0


def commit(folder: Path) -> None:
    """Commit everything in `folder`."""
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-q", "--allow-empty", "-m", "Benchmark")


def new_project(places: Places, name: str, revision: str = "HEAD") -> Path:
    """Clone the project at a revision, run its pipeline there and commit the results."""
    folder = new_copy(places.work / name, revision)
    timed(folder, "dvc", "repro", DATASET_SOURCE=str(places.raw))
    commit(folder)
    return folder


def prepare_data(places: Places) -> None:
    """Download the dataset and prepare it with every training image in `train`."""
    folder = new_copy(places.work / "data")
    run(folder, "dvc", "repro", "-q", "download")
    run(folder, "dvc", "exp", "run", "-q", "-S", "val_fraction=0", "preprocess")
