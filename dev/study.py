"""Draw the pictures of docs/study.md anew from the figures committed beside them.

`python -m dev.study`: what `python -m tools.compare --out docs/study/NAME` drew when the runs were
made, whose experiments no clone has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from stages.common.errors import DataError
from stages.common.files import parse_csv, write_bytes
from stages.common.history import History
from stages.common.params import Params
from stages.common.strict_yaml import parse_yaml
from tools.command import run_tool
from tools.compare.page import trial_of
from tools.page.charts import Chart
from tools.page.curves import learning_curves
from tools.page.parallel import parallel
from tools.page.sweep import sweep
from tools.page.vega import png
from tools.runs.ranking import rank
from tools.runs.record import Run
from tools.runs.revision import Commit

STUDY = Path("docs/study")


def draw(folder: Path) -> dict[str, bytes]:
    """Return the pictures of one comparison by name, from its runs.csv and its curves.csv."""
    drawn = {}
    if (folder / "sweep.png").exists():
        drawn["sweep.png"] = png([_sweep(folder / "runs.csv")])
    if (folder / "curves.csv").exists():
        drawn["curves.png"] = png(_curves(folder / "curves.csv"))
    return drawn


@dataclass(frozen=True)
class _Row(Run):
    """A run as runs.csv has it."""

    cells: Mapping[str, str]

    @cached_property
    def params(self) -> Mapping[str, Any]:
        cells = {name: self.cells[name].encode() for name in Params.model_fields}
        return {name: parse_yaml(cell, name, DataError) for name, cell in cells.items()}

    @property
    def code(self) -> Mapping[str, str]:
        return {"code": self.cells["code"]}

    @property
    def data(self) -> str:
        return self.cells["data"]

    @cached_property
    def training(self) -> Mapping[str, Decimal]:
        return {name: Decimal(self.cells[name]) for name in ("val_loss", "val_accuracy")}


def _sweep(path: Path) -> Chart:
    rows = parse_csv(path.read_bytes(), str(path), ("name", "rev"))
    (ranking, *_) = rank([_Row(Commit(row["name"], row["rev"]), row) for row in rows])
    trials = [trial_of(group, ranking.settings, "") for group in ranking.groups]
    return sweep(trials, None) or parallel(trials, None, "set of params")


def _curves(path: Path) -> list[Chart]:
    curves: dict[str, History] = {}
    for row in parse_csv(path.read_bytes(), str(path), ("group", "epoch")):
        curve = curves.setdefault(row.pop("group"), {})
        for name, cell in row.items():
            curve.setdefault(name, []).append(float(cell) if cell else None)
    return [learning_curves(curves, score) for score in ("loss", "accuracy")]


def main() -> None:
    """Draw the pictures of all comparisons."""
    for folder in sorted(each for each in STUDY.iterdir() if each.is_dir()):
        for name, picture in draw(folder).items():
            write_bytes(folder / name, picture)
            print(folder / name)


if __name__ == "__main__":
    run_tool("study", main)
