"""Section search: `make search` beside DVC's queue and a grid, and how busy its workers are."""

import csv
import json
import math
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import yaml

from dev.benchmark.sandbox import Places, new_project, run, timed

Vary = dict[str, Any]
WHOLE_GRID = {"sampler": "grid", "prune": False, "trials": 1000}
STUDY: Vary = {"lr": [0.05, 0.1, 0.2], "batch_size": [64, 128], "epochs": [20, 40, 80]}
FULL: Vary = {"rounds": 3, "rates": [0.1, 0.2, 0.3, 0.4], "trials": 64, "epochs": 5, "grid": STUDY}


@dataclass(frozen=True)
class Search:
    """What one search took and found."""

    seconds: float  # from the command to its end
    training: float  # in `fit`: the sum over all trials
    worker_mb: float  # resident memory of the largest worker
    epochs: list[int]  # of each trial, in order
    losses: list[float]  # of each trial on validation; infinite when it was not completed

    def best(self, budget: int) -> float:
        """Return the lowest loss of the first trials that fit into some epochs."""
        return min(self.losses[: sum(spent <= budget for spent in accumulate(self.epochs))])


def search(folder: Path, workers: int, **settings: Any) -> Search:
    """Run a new search in a project; `settings` are those of search.yaml."""
    out, largest = folder / "report/search", 0.0
    shutil.rmtree(out, ignore_errors=True)
    (folder / "search.yaml").write_text(json.dumps(settings | {"finalists": 0}), encoding="utf-8")
    command = (sys.executable, "-m", "tools.search", "--workers", str(workers))
    with ThreadPoolExecutor() as pool:
        running = pool.submit(timed, folder, *command)
        while not running.done():
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):  # it has ended
                    if "forkserver" in "".join(process.cmdline()):
                        largest = max(largest, process.memory_info().rss / 2**20)
            time.sleep(0.5)
    took = running.result()  # ends the benchmark if the search failed
    trials = list(csv.DictReader((out / "trials.csv").read_text(encoding="utf-8").splitlines()))
    journal = map(json.loads, (out / "study.journal").read_text(encoding="utf-8").splitlines())
    training = sum(line.get("user_attrs", {}).get("seconds", 0) for line in journal)
    losses = [each["val_loss"] if each["state"] == "complete" else "inf" for each in trials]
    epochs = [int(each["epochs_run"]) for each in trials]
    return Search(took.seconds, training, largest, epochs, list(map(float, losses)))


def queue(folder: Path, name: str, params: Vary) -> float:
    """Return the seconds from `dvc queue start -j 2` to the last of the queued experiments."""
    settings = [f"--set-param={key}={','.join(map(str, each))}" for key, each in params.items()]
    run(folder, "dvc", "exp", "run", "--queue", "-n", name, *settings)
    count, started = math.prod(map(len, params.values())), time.perf_counter()
    run(folder, "dvc", "queue", "start", "-j", "2")
    while run(folder, "git", "for-each-ref", "refs/exps").count(f"/{name}-") < count:
        time.sleep(0.5)
    seconds = time.perf_counter() - started
    run(folder, "dvc", "queue", "stop")
    return seconds


def measure(places: Places) -> list[dict[str, Any]]:
    """Return the figures of the search on the real data."""
    return compare(new_project(places, "search"), **FULL)


def compare(
    folder: Path, *, rounds: int, rates: list[float], trials: int, epochs: int, grid: Vary
) -> list[dict[str, Any]]:
    """Return a row for each figure of searches in a project, whose own search.yaml is one."""
    own = yaml.safe_load((folder / "search.yaml").read_text(encoding="utf-8"))
    queued, searched, two, one = [], [], [], []
    for number in range(rounds):
        new = [rate + (number + 1) / 1e6 for rate in rates]  # that no run has had
        params: Vary = {"lr": new, "batch_size": [128, 256], "epochs": [epochs]}
        queued.append(queue(folder, f"round-{number}", params))
        searched.append(search(folder, 2, vary=params, **WHOLE_GRID).seconds)
        drawn: Vary = {"lr": {"low": 0.05, "high": 0.5}, "epochs": [epochs]}
        chance = {"vary": drawn, "sampler": "random", "prune": False, "trials": trials}
        two.append(search(folder, 2, **chance))
        one.append(search(folder, 1, **chance))
    whole = search(folder, 2, vary=grid | {"lr_schedule": ["cosine"]}, **WHOLE_GRID)
    found = search(folder, 2, **own)
    budget = min(sum(whole.epochs), sum(found.epochs))
    rows: dict[str, list[float]] = {
        f"{2 * len(rates)} trials by `make search`, seconds": searched,
        "the same by `dvc queue start -j 2`, seconds": queued,
        "share of two cores in training": [each.training / 2 / each.seconds for each in two],
        "2 workers, trials a minute": [60 * trials / each.seconds for each in two],
        "1 worker, trials a minute": [60 * trials / each.seconds for each in one],
        "memory of a worker, MB": [each.worker_mb for each in two],
        f"best loss of search.yaml's trials, {budget} epochs": [found.best(budget)],
        f"best loss of the study's grid, {budget} epochs": [whole.best(budget)],
    }
    return [
        {"figure": key, "median": median(each), "runs": len(each)} for key, each in rows.items()
    ]
