"""Section commands: seconds and peak memory of what people type."""

import shutil
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from dev.benchmark.sandbox import (
    Places,
    Timed,
    commit,
    figures,
    new_copy,
    new_project,
    run,
    timed,
)

# Four stages in a row that copy a small file; a new learning rate reruns two, as it does ours.
_EMPTY_PIPELINE = """\
stages:
  download: {cmd: cp given a, deps: [given], outs: [a]}
  preprocess: {cmd: cp a b, deps: [a], outs: [b]}
  train: {cmd: cp params.yaml c, deps: [b], params: [lr], outs: [c]}
  evaluate: {cmd: cp c d, deps: [c], outs: [d]}
"""


def measure(places: Places, rounds: int = 5) -> list[dict[str, Any]]:
    """Return a row for each command, and one for scikit-learn's best linear model."""
    ours, numbers = new_project(places, "ours"), count(1)
    empty = _empty_project(places, ours)
    chapter = ("-m", "dev.benchmark.trainers.chapter", str(places.raw))

    def experiment(folder: Path) -> Timed:
        rate = f"lr={0.2 + next(numbers) / 1e6:.6f}"  # no run had it: no cache answers
        return timed(folder, "dvc", "exp", "run", "-S", rate)

    commands: dict[str, Callable[[], Timed]] = {
        "`dvc repro` from nothing": lambda: _from_nothing(places),
        "the chapter's program": lambda: timed(ours, sys.executable, *chapter),
        "`dvc exp run -S lr=...`": lambda: experiment(ours),
        "the same, four empty stages": lambda: experiment(empty),
        "`dvc repro`, nothing to do": lambda: timed(ours, "dvc", "repro"),
    }
    runs: dict[str, list[Timed]] = {title: [] for title in commands}
    for _ in range(rounds):
        for title, command in commands.items():
            for folder in (ours, empty):  # back to where `dvc repro` has nothing to do
                run(folder, "git", "checkout", "-q", ".")
                run(folder, "dvc", "checkout", "-q", "--force")
            runs[title].append(command())
    if places.peers_python.exists():
        module = ("-m", "dev.benchmark.trainers.logistic_regression", str(places.prepared))
        took = timed(ours, str(places.peers_python), *module)  # once: it takes long
        runs[f"scikit-learn LogisticRegression: {took.printed.splitlines()[-1]}"] = [took]
    return [{"command": title} | figures(each) for title, each in runs.items()]


def _empty_project(places: Places, ours: Path) -> Path:
    folder = places.work / "empty"
    folder.mkdir()
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "dvc", "init", "-q")
    shutil.copy(ours / ".dvc/config", folder / ".dvc/config")  # the same settings
    (folder / "given").write_text("nothing\n", encoding="utf-8")
    (folder / "params.yaml").write_text("lr: 0.1\n", encoding="utf-8")
    (folder / "dvc.yaml").write_text(_EMPTY_PIPELINE, encoding="utf-8")
    run(folder, "dvc", "repro")
    commit(folder)
    return folder


def _from_nothing(places: Places) -> Timed:
    """Time `dvc repro` in a fresh copy without a cache and without results."""
    folder = new_copy(places.work / "fresh")
    for name in ("dvc.lock", "metrics", "plots"):  # they are in git, and would spare evaluate
        run(folder, "git", "rm", "-rqf", "--ignore-unmatch", name)
    result = timed(folder, "dvc", "repro", DATASET_SOURCE=str(places.raw))
    shutil.rmtree(folder)
    return result
