"""Sections commands and accuracy: seconds and peak memory of what people type."""

import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tools.benchmark.places import ROOT, Places, Timed, commit, figures, new_copy, run, timed

# Four stages in a row that copy a small file; a new learning rate reruns two, as it does ours.
_EMPTY_PIPELINE = """\
stages:
  download: {cmd: cp given a, deps: [given], outs: [a]}
  preprocess: {cmd: cp a b, deps: [a], outs: [b]}
  train: {cmd: cp params.yaml c, deps: [b], params: [lr], outs: [c]}
  evaluate: {cmd: cp c d, deps: [c], outs: [d]}
"""


class Projects:
    """The copies that the commands run in."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._rates = 0
        self._source = {"DATASET_SOURCE": str(places.raw)}
        self.ours = new_copy(places.work / "ours")
        timed(self.ours, "dvc", "repro", **self._source)
        commit(self.ours)
        self.empty = self._new_empty("empty")
        timed(self.empty, "dvc", "repro")
        commit(self.empty)

    def _new_empty(self, name: str) -> Path:
        folder = self._places.work / name
        folder.mkdir()
        run(folder, "git", "init", "-q", "-b", "main")
        run(folder, "dvc", "init", "-q")
        shutil.copy(ROOT / ".dvc/config", folder / ".dvc/config")  # the same settings
        (folder / "given").write_text("nothing\n")
        (folder / "params.yaml").write_text("lr: 0.1\n")
        (folder / "dvc.yaml").write_text(_EMPTY_PIPELINE)
        commit(folder)
        return folder

    def from_nothing(self) -> Timed:
        """Time `dvc repro` in a fresh copy without a cache and without results."""
        folder = new_copy(self._places.work / "fresh")
        for name in ("dvc.lock", "metrics", "plots"):  # they are in git, and would spare evaluate
            run(folder, "git", "rm", "-rqf", "--ignore-unmatch", name)
        result = timed(folder, "dvc", "repro", **self._source)
        shutil.rmtree(folder)
        return result

    def experiment(self, folder: Path) -> Timed:
        """Time `dvc exp run` with a learning rate that no run had, so that no cache answers."""
        self._rates += 1
        rate = f"lr={0.2 + self._rates / 1e6:.6f}"
        return timed(folder, "dvc", "exp", "run", "-S", rate, **self._source)

    def module(self, *command: str) -> Timed:
        """Time a module of the project without DVC."""
        return timed(self.ours, sys.executable, "-m", *command, **self._source)

    def restore(self) -> None:
        """Bring the copies back to their commits, where `dvc repro` has nothing to do."""
        for folder in (self.ours, self.empty):
            run(folder, "git", "checkout", "-q", ".")
            run(folder, "dvc", "checkout", "-q", "--force")


def time_to_accuracy(places: Places, rounds: int = 5) -> list[dict[str, Any]]:
    """Return the time of whole processes that reach a test accuracy of 0.844, ours and a peer's."""
    folder = new_copy(places.work / "accuracy")
    recipe = ("epochs=20", "batch_size=256", "lr=0.08", "momentum=0.9", "lr_schedule=cosine")
    settings = [part for param in (*recipe, "val_fraction=0") for part in ("-S", param)]
    shutil.copytree(places.raw, folder / "data/raw")
    run(folder, "dvc", "exp", "run", "-q", *settings)
    runs = [timed(folder, sys.executable, "-m", "stages.train") for _ in range(rounds)]
    accuracy = json.loads((folder / "metrics/evaluate.json").read_text())["test_accuracy"]
    rows = [{"trainer": f"ours: {', '.join(recipe)}"} | figures(runs) | {"accuracy": accuracy}]
    if places.peers_python.exists():
        module = "tools.benchmark.trainers.logistic_regression"
        command = (str(places.peers_python), "-m", module, str(places.prepared))
        took = timed(folder, *command)  # once: it takes long
        accuracy = float(took.printed.split()[-1])
        title = "scikit-learn LogisticRegression, lbfgs, 100 iterations"
        rows.append({"trainer": title} | figures([took]) | {"accuracy": accuracy})
    return rows


def measure(places: Places, rounds: int = 5) -> list[dict[str, Any]]:
    """Return a row for each command."""
    projects = Projects(places)
    chapter = ("tools.benchmark.trainers.chapter", str(places.raw))
    commands: dict[str, Callable[[], Timed]] = {
        "`dvc repro` from nothing": projects.from_nothing,
        "the chapter's program": partial(projects.module, *chapter),
        "`dvc exp run -S lr=...`": partial(projects.experiment, projects.ours),
        "the same, four empty stages": partial(projects.experiment, projects.empty),
        "`dvc repro`, nothing to do": partial(timed, projects.ours, "dvc", "repro"),
        "the same, four empty stages, nothing to do": partial(
            timed, projects.empty, "dvc", "repro"
        ),
    }
    for stage in ("download", "preprocess", "train", "evaluate"):
        commands[f"stage {stage}, alone"] = partial(projects.module, f"stages.{stage}")
    runs: dict[str, list[Timed]] = {title: [] for title in commands}
    for _ in range(rounds):
        for title, command in commands.items():
            projects.restore()
            runs[title].append(command())
    return [{"command": title} | figures(each) for title, each in runs.items()]
