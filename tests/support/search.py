"""Searches as the tests run them: small settings, and a pool that needs no other process."""

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from stages.common.params import Params
from tests.support.project import PARAMS
from tools.search.fingerprint import study_key
from tools.search.journal import Journal, open_journal
from tools.search.loop import run
from tools.search.report import write_trials
from tools.search.settings import Settings, load_settings
from tools.search.study import Study
from tools.search.trial import Outcome

BASE = Params.model_validate(PARAMS)
SEARCH: dict[str, Any] = {
    "trials": 12,
    "sampler": "tpe",
    "sampler_seed": 0,
    "batch": 3,
    "vary": {
        "lr": {"low": 0.001, "high": 1.0, "log": True},
        "batch_size": [16, 32, 64],
        "epochs": [2, 3],
    },
    "finalists": 0,
}


def write_search(folder: Path, **changed: object) -> Path:
    """Write the tests' own search.yaml, with some values changed, to a folder; return its path."""
    path = folder / "search.yaml"
    path.write_text(yaml.safe_dump(SEARCH | changed, sort_keys=False), encoding="utf-8")
    return path


def settings_of(folder: Path, **changed: object) -> Settings:
    """Return the tests' own settings, with some values changed; `folder` gets the file."""
    return load_settings(BASE, write_search(folder, **changed))


def bowl(values: dict[str, Any], limits: Sequence[float]) -> Outcome:
    """Run a trial of a known loss: the lowest at a rate of 0.1, and falling with the epochs."""
    best = 1 + math.log10(values["lr"] / 0.1) ** 2 + values["batch_size"] / 1000
    losses: list[float] = []
    for epoch in range(1, values["epochs"] + 1):
        losses.append(best + 1 / epoch)
        if epoch < values["epochs"] and epoch <= len(limits) and losses[-1] > limits[epoch - 1]:
            return Outcome("pruned", losses[-1], 0.5, losses, 0.1)
    return Outcome("complete", losses[-1], 0.5, losses, 0.1)


Run = Callable[[dict[str, Any], Sequence[float]], Outcome]


class AnyOrder:
    """A pool without other processes, whose trials end in an order of chance."""

    def __init__(self, seed: int, *, run: Run = bowl, trials: float = math.inf) -> None:
        """Take the seed of the order, what runs a trial, and how many to run before it fails."""
        self._random = random.Random(seed)
        self._run = run
        self._left = trials
        self._waiting: dict[int, tuple[dict[str, Any], Sequence[float]]] = {}

    def submit(self, number: int, values: dict[str, Any], limits: Sequence[float]) -> None:
        """Take a trial."""
        self._waiting[number] = values, limits

    def next(self) -> tuple[int, Outcome]:
        """Run one of the trials taken, any of them."""
        if not self._left:
            raise Stopped
        self._left -= 1
        number = self._random.choice(list(self._waiting))
        return number, self._run(*self._waiting.pop(number))


class Stopped(Exception):  # noqa: N818 - as much an error as a kill
    """What ends a search here, where a kill would end it elsewhere."""


def run_search(
    folder: Path, settings: Settings, pool: AnyOrder, base: Params = BASE
) -> tuple[bytes, Journal]:
    """Run a study, going on from what `folder` records; return its trials.csv and its journal."""
    key = study_key({}, settings, base)
    with open_journal(folder / "study.journal", key) as journal:
        proposals = run(Study(settings, base), journal, lambda: pool)
    write_trials(folder / "trials.csv", proposals, journal.outcomes)
    return (folder / "trials.csv").read_bytes(), journal
