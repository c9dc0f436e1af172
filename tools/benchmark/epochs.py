"""Section epochs: seconds an epoch of every trainer, side by side.

Each trainer is a process that waits for its turn; the driver gives one epoch to each in turn, so that a
machine that slows down or speeds up does so for all.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.benchmark.places import ROOT, Places, environment

BATCH_SIZE, RATE = 256, 0.1  # the chapter's
LOSS_EPOCH, LOSS_TOLERANCE = (
    5,
    0.005,
)  # every trainer's mean loss in this epoch must be ours, so near


@dataclass(frozen=True)
class Trainer:
    """A trainer to measure."""

    module: str
    title: str
    ours: bool = False  # runs in the project's environment, not in the peers'
    settings: tuple[int, ...] = (1, 2)  # all tried in warm-up; the fastest is measured
    setting_name: str = "threads"
    checked: bool = True  # has a loss to compare


TRAINERS = (
    Trainer("ours", "ours", ours=True, settings=(1,)),
    Trainer("chapter", "the chapter's loop (Gluon)", True, (2, 4), "loading processes"),
    Trainer("numpy_loop", "NumPy loop"),
    Trainer("pytorch", "PyTorch"),
    Trainer("jax_scan", "JAX, jitted scan"),
    Trainer("sgd_classifier", "scikit-learn SGDClassifier"),
    Trainer("floor", "floor: the two products alone, NumPy", settings=(1,), checked=False),
    Trainer(
        "floor_cached", "floor: the products of one batch in cache", settings=(1,), checked=False
    ),
)


@dataclass
class Worker:
    """A trainer's process, and what its epochs took."""

    trainer: Trainer
    setting: int
    process: subprocess.Popen[str]
    warm_up: list[dict[str, float]] = field(default_factory=list)
    counted: list[dict[str, float]] = field(default_factory=list)

    def epoch(self) -> dict[str, Any]:
        """Let the worker train one epoch; return its answer."""
        if not (self.process.stdin and self.process.stdout):
            raise ValueError("the process must have pipes")
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(
                f"benchmark: the trainer {self.trainer.module} ended with status {self.process.wait()}"
            )
        return json.loads(line)

    def end(self) -> None:
        """End the process."""
        self.process.communicate()  # the end of its input is its sign


def start(
    trainer: Trainer, setting: int, python: Path, folder: Path, batch_size: int = BATCH_SIZE
) -> Worker:
    """Start the process of `trainer` on the prepared dataset in `folder`."""
    options = ["--batch-size", str(batch_size), "--rate", str(RATE), "--setting", str(setting)]
    threads = {}
    if not trainer.ours:
        threads = {f"{library}_NUM_THREADS": str(setting) for library in ("OMP", "OPENBLAS")}
        if setting == 1:
            threads["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    command = [str(python), "-m", "tools.benchmark.worker", trainer.module, str(folder), *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(**threads),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Worker(trainer, setting, process)


def warmed(trainer: Trainer, python: Path, folder: Path) -> Worker | str:
    """Return the worker of the fastest setting after LOSS_EPOCH epochs of warm-up, or why there is none."""
    if not python.exists():
        return "not installed"
    tried = []
    for setting in trainer.settings:
        worker = start(trainer, setting, python, folder)
        tried.append(worker)
        while len(worker.warm_up) < LOSS_EPOCH:
            answer = worker.epoch()
            if "missing" in answer:
                worker.end()
                return f"not installed: {answer['missing']}"
            worker.warm_up.append(answer)
    fastest, *others = sorted(
        tried, key=lambda worker: min(epoch["seconds"] for epoch in worker.warm_up)
    )
    for other in others:
        other.end()
    return fastest


def measure(
    places: Places, rounds: int = 15, trainers: tuple[Trainer, ...] = TRAINERS
) -> list[dict[str, Any]]:
    """Return a row for each trainer: seconds an epoch, the loss of the fifth, and a note when the row is void."""
    made = {
        trainer.module: warmed(
            trainer, Path(sys.executable) if trainer.ours else places.peers_python, places.prepared
        )
        for trainer in trainers
    }
    workers = [worker for worker in made.values() if isinstance(worker, Worker)]
    for _ in range(rounds):
        for worker in workers:
            worker.counted.append(worker.epoch())
    for worker in workers:
        worker.end()
    return voided([row(trainer, made[trainer.module]) for trainer in trainers])


def row(trainer: Trainer, worker: Worker | str) -> dict[str, Any]:
    """Return the figures of one trainer."""
    shown: dict[str, Any] = {
        "trainer": trainer.module,
        "title": trainer.title,
        "checked": trainer.checked,
    }
    if isinstance(worker, str):
        return shown | {"note": worker}
    seconds = [epoch["seconds"] for epoch in worker.counted]
    return shown | {
        "setting": f"{worker.setting} {trainer.setting_name}",
        "seconds": seconds,
        "median": statistics.median(seconds),
        "min": min(seconds),
        "loss": worker.warm_up[LOSS_EPOCH - 1]["loss"],
        "note": "",
    }


def voided(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say in the note of each row whose loss is not ours that it is void: it trained something else."""
    ours = next(row["loss"] for row in rows if row["trainer"] == "ours")
    for one in rows:
        off = one["checked"] and "loss" in one and not abs(one["loss"] - ours) <= LOSS_TOLERANCE
        one["void"] = bool(off)
        if off:
            one["note"] = (
                f"void: the loss of epoch {LOSS_EPOCH} differs from ours by {abs(one['loss'] - ours):.3f}"
            )
    return rows
