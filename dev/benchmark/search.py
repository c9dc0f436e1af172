"""Section search: `make search` beside DVC's queue and a grid, and how busy its workers are."""

import csv
import json
import math
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import yaml

from dev.benchmark.sandbox import Places, new_project, run, timed

Vary = dict[str, Any]  # in search.yaml
WHOLE_GRID: Vary = {"sampler": "grid", "prune": False, "trials": 1000}
STUDY: Vary = {"lr": [0.05, 0.1, 0.2], "batch_size": [64, 128], "epochs": [20, 40, 80]}
FULL: Vary = {"rounds": 3, "rates": [0.1, 0.2, 0.3, 0.4], "trials": 64, "epochs": 5, "grid": STUDY}


@dataclass(frozen=True)
class Search:
    """What one search took and found."""

    seconds: float  # from the command to its end
    cpu_seconds: float  # of training and validating: the sum over all trials
    per_minute: float  # trials, from the end of the first one to the end of the last
    worker_mb: float  # resident memory of the largest worker
    epochs: list[int]  # of each trial, in order
    losses: list[float]  # of each trial on validation; infinite when it was not completed

    def best(self, budget: int) -> float:
        """Return the lowest loss of the first trials that fit into some epochs."""
        return min(self.losses[: sum(spent <= budget for spent in accumulate(self.epochs))])


def search(folder: Path, workers: int, settings: Vary, *, on_one_core: bool = False) -> Search:
    """Run a new search in a project; `settings` are those of search.yaml."""
    out, largest = folder / "report/search", 0.0
    shutil.rmtree(out, ignore_errors=True)
    (folder / "search.yaml").write_text(json.dumps(settings | {"finalists": 0}), encoding="utf-8")
    confined = ("taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))) if on_one_core else ()
    command = (*confined, sys.executable, "-m", "tools.search", "--workers", str(workers))
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
    recorded = [line for line in journal if "cpu_seconds" in line.get("user_attrs", {})]
    ends = [datetime.fromisoformat(line["datetime_complete"]) for line in recorded]
    per_minute = 60 * (len(ends) - 1) / (max(ends) - min(ends)).total_seconds()
    cpu_seconds = sum(line["user_attrs"]["cpu_seconds"] for line in recorded)
    losses = [each["val_loss"] if each["state"] == "complete" else "inf" for each in trials]
    epochs = [int(each["epochs_run"]) for each in trials]
    found = list(map(float, losses))
    return Search(took.seconds, cpu_seconds, per_minute, largest, epochs, found)


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
        searched.append(search(folder, 2, WHOLE_GRID | {"vary": params}).seconds)
        drawn: Vary = {"lr": {"low": 0.05, "high": 0.5}, "epochs": [epochs]}
        chance: Vary = {"vary": drawn, "sampler": "random", "prune": False, "trials": trials}
        two.append(search(folder, 2, chance))
        one.append(search(folder, 1, chance, on_one_core=True))
    cosine = {"vary": grid | {"lr_schedule": ["cosine"]}}
    whole = search(folder, 2, WHOLE_GRID | cosine)
    found = search(folder, 2, own)
    budget = min(sum(whole.epochs), sum(found.epochs))
    rows: dict[str, list[float]] = {
        f"{2 * len(rates)} trials by `make search`, seconds": searched,
        "the same by `dvc queue start -j 2`, seconds": queued,
        "share of two cores in training": [each.cpu_seconds / 2 / each.seconds for each in two],
        "2 workers, trials a minute": [each.per_minute for each in two],
        "1 worker on one core, trials a minute": [each.per_minute for each in one],
        "CPU seconds of a trial, 2 workers": [each.cpu_seconds / trials for each in two],
        "CPU seconds of a trial, 1 worker": [each.cpu_seconds / trials for each in one],
        "memory of a worker, MB": [each.worker_mb for each in two],
        f"best loss of search.yaml's trials, {budget} epochs": [found.best(budget)],
        f"best loss of the study's grid, {budget} epochs": [whole.best(budget)],
    }
    return [
        {"figure": key, "median": median(each), "runs": len(each)} for key, each in rows.items()
    ]
