"""Section epochs: wall clock and CPU time of an epoch, of every trainer, side by side.

Each trainer is a process that waits for its turn. The driver gives one epoch to each in turn, so
that a machine that slows down or speeds up does so for all. Then the same with one core busy.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.benchmark.places import ROOT, Places, environment

LOSS_EPOCH = 5
LOSS_TOLERANCE = 0.005  # the loss of epoch LOSS_EPOCH must be this near to ours
_CHAPTER = ("256", "0.1")  # batch size and learning rate


@dataclass(frozen=True)
class Trainer:
    """A trainer to measure."""

    title: str
    module: str
    setting: int = 1  # threads, or loading processes of the chapter's loop
    ours: bool = False  # runs in the project's environment, not in the peers'


TRAINERS = (
    Trainer("ours", "ours", ours=True),
    Trainer("the chapter's loop (Gluon), 2 loading processes", "chapter", 2, ours=True),
    Trainer("NumPy loop, 1 thread", "numpy_loop"),
    Trainer("NumPy loop, 2 threads", "numpy_loop", 2),
    Trainer("PyTorch, 1 thread", "pytorch"),
    Trainer("PyTorch, 2 threads", "pytorch", 2),
)


class Worker:
    """A trainer's process on a prepared dataset."""

    def __init__(self, trainer: Trainer, python: Path, folder: Path) -> None:
        threads = {}
        if not trainer.ours:
            threads = {f"{name}_NUM_THREADS": str(trainer.setting) for name in ("OMP", "OPENBLAS")}
        command = [str(python), "-m", "tools.benchmark.worker", trainer.module, str(folder)]
        self._trainer = trainer
        self._process = subprocess.Popen(
            [*command, *_CHAPTER, str(trainer.setting)],
            cwd=ROOT,
            env=environment(**threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def epoch(self) -> dict[str, Any]:
        """Let the trainer train one epoch; return its answer."""
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - for mypy
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"benchmark: the trainer {self._trainer.title} failed")
        return json.loads(answer)

    def end(self) -> None:
        """End the process: the end of its input is its sign."""
        self._process.communicate()


def measure(
    places: Places, rounds: int = 15, trainers: tuple[Trainer, ...] = TRAINERS
) -> list[dict[str, Any]]:
    """Return a row for each trainer whose packages are installed."""
    workers: dict[str, Worker] = {}
    losses: dict[str, float] = {}
    for trainer in trainers:
        python = Path(sys.executable) if trainer.ours else places.peers_python
        if not python.exists():
            continue
        worker = Worker(trainer, python, places.prepared)
        answers = [worker.epoch()]
        if "missing" in answers[0]:
            worker.end()
            continue
        answers += [worker.epoch() for _ in range(LOSS_EPOCH - 1)]  # they warm it up, too
        workers[trainer.title], losses[trainer.title] = worker, answers[-1]["loss"]
    idle = _take_turns(workers, rounds)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as spinning:
        busy = _take_turns(workers, rounds)
        spinning.kill()
    for worker in workers.values():
        worker.end()
    return [
        {
            "trainer": title,
            "median, s": _median(idle[title], "seconds"),
            "CPU, s": _median(idle[title], "cpu"),
            "one core busy: median, s": _median(busy[title], "seconds"),
            "its CPU, s": _median(busy[title], "cpu"),
            "peak MB": busy[title][-1]["peak_mb"],
            "loss, 5th epoch": losses[title],
            "note": void(losses[title], losses["ours"]),
        }
        for title in workers
    ]


def _take_turns(workers: dict[str, Worker], rounds: int) -> dict[str, list[dict[str, Any]]]:
    answers: dict[str, list[dict[str, Any]]] = {title: [] for title in workers}
    for _ in range(rounds):
        for title, worker in workers.items():
            answers[title].append(worker.epoch())
    return answers


def _median(answers: list[dict[str, Any]], key: str) -> float:
    return statistics.median(answer[key] for answer in answers)


def void(loss: float, ours: float) -> str:
    """Return why a row is void, if its loss shows that it trains something else."""
    if abs(loss - ours) <= LOSS_TOLERANCE:
        return ""
    return f"void: its loss differs from ours by {abs(loss - ours):.3f}"
