"""Section commands: seconds and peak memory of what people type, in rounds: each command once in every round."""

import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tools.benchmark.places import ROOT, Places, commit, new_copy, run
from tools.benchmark.timed import Timed, summary, timed

STAGES = ("download", "preprocess", "train", "evaluate")
# Four stages in a row that do nothing, with the params of ours where ours has them: a new `lr` reruns two.
EMPTY_PIPELINE = """\
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
        self._runs = 0
        self.source = {"DATASET_SOURCE": str(places.raw)}
        self.ours = new_copy(places.work / "ours")
        timed(self.ours, "dvc", "repro", **self.source)
        commit(self.ours)
        self.empty = _dvc_project(places.work / "empty")
        self.stages = self._new_empty_stages("stages")
        run(self.stages, "dvc", "repro")
        commit(self.stages)

    def _new_empty_stages(self, name: str) -> Path:
        folder = _dvc_project(self._places.work / name)
        (folder / "given").write_text("nothing\n")
        (folder / "params.yaml").write_text("lr: 0.1\n")
        (folder / "dvc.yaml").write_text(EMPTY_PIPELINE)
        commit(folder)
        return folder

    def from_nothing(self) -> Timed:
        """Time `dvc repro` in a fresh copy without a cache and without the results in git, which would spare evaluate."""
        folder = new_copy(self._places.work / "fresh")
        (folder / "dvc.lock").unlink()
        for name in ("metrics", "plots"):
            shutil.rmtree(folder / name)
        result = timed(folder, "dvc", "repro", **self.source)
        shutil.rmtree(folder)
        return result

    def empty_from_nothing(self) -> Timed:
        """Time `dvc repro` of four empty stages in a fresh project."""
        folder = self._new_empty_stages("fresh")
        result = timed(folder, "dvc", "repro")
        shutil.rmtree(folder)
        return result

    def experiment(self, folder: Path) -> Timed:
        """Time `dvc exp run` with a learning rate that no run had: the run cache would answer another."""
        self._runs += 1
        return timed(
            folder, "dvc", "exp", "run", "-S", f"lr={0.2 + self._runs / 1e6:.6f}", **self.source
        )

    def stage(self, name: str) -> Timed:
        """Time one stage alone, without DVC."""
        return timed(self.ours, sys.executable, "-m", f"stages.{name}", **self.source)

    def chapter(self) -> Timed:
        """Time the chapter's program on the same local files."""
        module = "tools.benchmark.trainers.chapter"
        return timed(self.ours, sys.executable, "-m", module, str(self._places.raw))


def _dvc_project(folder: Path) -> Path:
    folder.mkdir()
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "dvc", "init", "-q")
    shutil.copy(ROOT / ".dvc/config", folder / ".dvc/config")  # the same settings
    commit(folder)
    return folder


def listed(projects: Projects) -> dict[str, tuple[str, Callable[[], Timed]]]:
    """Return each command's key, what it is called, and what runs it."""
    stages = {
        f"stage_{name}": (f"stage {name}, alone", partial(projects.stage, name)) for name in STAGES
    }
    return {
        "repro": ("`dvc repro` from nothing", projects.from_nothing),
        "chapter": ("the chapter's program", projects.chapter),
        "exp_run": ("`dvc exp run -S lr=...`", lambda: projects.experiment(projects.ours)),
        "no_op": ("`dvc repro`, nothing to do", lambda: timed(projects.ours, "dvc", "repro")),
        "empty_repro": ("`dvc repro` from nothing, four empty stages", projects.empty_from_nothing),
        "empty_exp_run": (
            "`dvc exp run -S lr=...`, four empty stages",
            lambda: projects.experiment(projects.stages),
        ),
        "empty_no_op": (
            "`dvc repro`, four empty stages, nothing to do",
            lambda: timed(projects.stages, "dvc", "repro"),
        ),
        "empty_status": (
            "`dvc status` of an empty project",
            lambda: timed(projects.empty, "dvc", "status"),
        ),
    } | stages


def restore(projects: Projects) -> None:
    """Bring the copies back to their commit: what an experiment or a stage alone has left would be work for `dvc repro`."""
    for folder in (projects.ours, projects.stages):
        run(folder, "git", "checkout", "-q", ".")
        run(folder, "dvc", "checkout", "-q", "--force")


def measure(places: Places, rounds: int = 5) -> list[dict[str, Any]]:
    """Return a row for each command."""
    projects = Projects(places)
    commands = listed(projects)
    runs: dict[str, list[Timed]] = {key: [] for key in commands}
    for _ in range(rounds):
        for key, (_, command) in commands.items():
            restore(projects)
            runs[key].append(command())
    return [
        {"command": key, "title": title} | summary(runs[key])
        for key, (title, _) in commands.items()
    ]
