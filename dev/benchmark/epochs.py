"""Section epochs: wall clock and CPU time of an epoch, of every trainer, side by side.

Trainers take turns, so that a machine that drifts is fair to all; then again with one core busy.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from dev.benchmark.sandbox import EARLIER, ROOT, Places, environment, knows, new_copy, timed

LOSS_EPOCH = 5
PAUSE = 0.2  # seconds before a turn: the threads of the trainer before go on spinning for a while
LOSS_TOLERANCE = 0.005  # the loss of epoch LOSS_EPOCH must be this near to ours
Workers = dict[str, subprocess.Popen[str]]


@dataclass(frozen=True)
class Trainer:
    """A trainer to measure."""

    title: str
    module: str
    setting: int = 1  # threads, or loading processes of the chapter's loop
    ours: bool = False  # runs in the project's environment, not in the peers'
    earlier: Path | None = None  # a clone at EARLIER, whose code and data it takes


TRAINERS = (
    Trainer("ours", "ours", ours=True),
    Trainer("the chapter's loop (Gluon), 2 loading processes", "chapter", 2, ours=True),
    Trainer("NumPy loop, 1 thread", "numpy_loop"),
    Trainer("NumPy loop, 2 threads", "numpy_loop", 2),
)


def _start(trainer: Trainer, python: Path, folder: Path) -> subprocess.Popen[str]:
    """Start the trainer's process on a prepared dataset; the end of its input ends it."""
    count = str(trainer.setting)
    threads = {} if trainer.ours else {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count}
    package = "tools.benchmark" if trainer.earlier else "dev.benchmark"
    if trainer.earlier:
        folder = trainer.earlier / "data/prepared"
    command = (str(python), "-m", f"{package}.worker", trainer.module, str(folder))
    return subprocess.Popen(
        [*command, "256", "0.1", count],  # batch size and learning rate of the chapter
        cwd=trainer.earlier or ROOT,
        env=environment(**threads),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def _epoch(worker: subprocess.Popen[str]) -> dict[str, Any]:
    """Let a trainer train one epoch; return its answer."""
    assert worker.stdin and worker.stdout  # noqa: S101, PT018 - for mypy
    time.sleep(PAUSE)
    worker.stdin.write("\n")
    worker.stdin.flush()
    answer = worker.stdout.readline()
    if not answer:
        raise SystemExit(f"benchmark: {worker.args!r} failed")
    return json.loads(answer)


def measure(
    places: Places, rounds: int = 15, trainers: Sequence[Trainer] | None = None
) -> list[dict[str, Any]]:
    """Return a row for each trainer whose packages are installed, by default for all."""
    workers: Workers = {}
    losses: dict[str, float] = {}
    for trainer in trainers or (*TRAINERS, *_earlier(places)):
        python = Path(sys.executable) if trainer.ours else places.peers_python
        if python.exists():
            worker = _start(trainer, python, places.prepared)
            answers = [_epoch(worker) for _ in range(LOSS_EPOCH)]  # they warm it up, too
            if "missing" not in answers[-1]:
                workers[trainer.title], losses[trainer.title] = worker, answers[-1]["loss"]
    idle = _take_turns(workers, rounds)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as spinning:
        busy = _take_turns(workers, rounds)
        spinning.kill()
    for worker in workers.values():
        worker.communicate()
    return [
        {
            "trainer": title,
            "median": median(turn[title]["seconds"] for turn in idle),
            "CPU": median(turn[title]["cpu"] for turn in idle),
            "one core busy": median(turn[title]["seconds"] for turn in busy),
            "its CPU": median(turn[title]["cpu"] for turn in busy),
            "peak MB": busy[-1][title]["peak_mb"],
            "loss, 5th epoch": losses[title],
            "note": void(losses[title], losses["ours"]),
        }
        for title in workers
    ]


def _earlier(places: Places) -> list[Trainer]:
    """Return this project at the commit that its CPU time is compared with."""
    if not knows(EARLIER):
        return []
    clone = new_copy(places.work / "earlier", EARLIER)
    prepare = ("dvc", "exp", "run", "-q", "-S", "val_fraction=0", "preprocess")
    timed(clone, *prepare, DATASET_SOURCE=str(places.raw))
    return [Trainer(f"commit {EARLIER}", "ours", ours=True, earlier=clone)]


def _take_turns(workers: Workers, rounds: int) -> list[dict[str, dict[str, Any]]]:
    return [{title: _epoch(worker) for title, worker in workers.items()} for _ in range(rounds)]


def void(loss: float, ours: float) -> str:
    """Return why a row is void, if its loss shows that it trains something else."""
    if abs(loss - ours) <= LOSS_TOLERANCE:
        return ""
    return f"void: its loss differs from ours by {abs(loss - ours):.3f}"
