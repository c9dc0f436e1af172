"""Draw the pictures of docs/study.md anew from the figures committed beside them.

`python -m dev.study`: what `python -m tools.compare --out docs/study/NAME` drew when the runs were
made, whose experiments no clone has.
"""

from pathlib import Path

import pandas as pd

from stages.common.files import write_bytes
from tools.compare.page import trial_of
from tools.page.charts import Chart
from tools.page.curves import learning_curves
from tools.page.parallel import parallel
from tools.page.sweep import sweep
from tools.page.vega import png
from tools.runs.seeds import compare

STUDY = Path("docs/study")


def draw(folder: Path) -> dict[str, bytes]:
    """Return the pictures of one comparison by name, from its runs.csv and its curves.csv."""
    drawn = {}
    if (folder / "sweep.png").exists():
        drawn["sweep.png"] = png([_sweep(folder / "runs.csv")])
    if (folder / "curves.csv").exists():
        drawn["curves.png"] = png(_curves(folder / "curves.csv"))
    return drawn


def _sweep(path: Path) -> Chart:
    (comparison, *_) = compare(pd.read_csv(path))
    groups = comparison.groups.iterrows()
    trials = [trial_of(group, comparison.settings, "") for _, group in groups]
    return sweep(trials, None) or parallel(trials, None, "set of params")


def _curves(path: Path) -> list[Chart]:
    curves = {str(name): each for name, each in pd.read_csv(path).groupby("group", sort=False)}
    return [learning_curves(curves, figure) for figure in ("loss", "accuracy")]


def main() -> None:
    """Draw the pictures of all comparisons."""
    for folder in sorted(each for each in STUDY.iterdir() if each.is_dir()):
        for name, picture in draw(folder).items():
            write_bytes(folder / name, picture)
            print(folder / name)


if __name__ == "__main__":
    main()
