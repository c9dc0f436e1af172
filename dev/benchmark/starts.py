"""Section starts: what people wait for, beside the same at an earlier commit or in a plain form.

Both sides take turns in the same environment, with the packages' bytecode on disk unless a row says
otherwise. A clone that lacks the earlier commit leaves the section out.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from dev.benchmark.sandbox import EARLIER, Places, knows, new_project, run, timed

COMMANDS = {
    "stage evaluate": ("stages.evaluate",),
    "`make compare` of four experiments": ("tools.compare",),
    "`make report`": ("tools.report", "HEAD"),
    "`make predict` of one picture": ("tools.predict", "docs/use/2-boot.jpg"),
}
EXPERIMENTS = ("lr=0.02", "lr=0.05", "lr=0.2", "lr=0.5")
# Neither finds bytecode nor writes any, as where uv installed and the variable is set.
WITHOUT_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/nonexistent"}

# NumPy and packaging are loaded before: a stage has them anyway.
_IMPORT = """
import sys, time, types, warnings
import numpy
from packaging.version import Version
warnings.simplefilter("ignore")
started = time.perf_counter()
{}
print(time.perf_counter() - started)
"""
_OURS = "import stages.common.gluon.mx"
_PLAIN = """
numpy.bool = numpy.bool_
versions = types.ModuleType("distutils.version")
versions.LooseVersion = versions.StrictVersion = Version
sys.modules |= {"distutils": types.ModuleType("distutils"), "distutils.version": versions}
import mxnet
"""


@dataclass(frozen=True)
class Pair:
    """A figure of this project, and what it is compared with."""

    title: str
    ours: Callable[[], float]  # seconds
    other: Callable[[], float]


def measure(places: Places, rounds: int = 7) -> list[dict[str, Any]]:
    """Return a row for each pair, with the ratio of the medians."""
    if knows(EARLIER):
        return [_row(pair, rounds) for pair in _pairs(places)]
    print(f"benchmark: starts: left out, since this clone lacks the commit {EARLIER}")
    return []


def _row(pair: Pair, rounds: int) -> dict[str, Any]:
    for warm in (pair.ours, pair.other):
        warm()  # the disk
    ours, other = zip(*((pair.ours(), pair.other()) for _ in range(rounds)), strict=True)
    ratio = median(ours) / median(other)
    return {
        "figure": pair.title,
        "median": median(ours),
        "other": median(other),
        "ratio": ratio,
        "runs": rounds,
    }


def _pairs(places: Places) -> Iterator[Pair]:
    now, before = _project(places, "now", "HEAD"), _project(places, "before", EARLIER)
    numbers = count(1)

    def wait(folder: Path, *command: str, **variables: str) -> float:
        return timed(folder, *command, **variables).seconds

    def module(folder: Path, *command: str) -> float:
        return wait(folder, sys.executable, "-m", *command)

    def vary(folder: Path, **variables: str) -> float:
        _restore(folder)
        rate = f"lr={0.3 + next(numbers) / 1e6:.6f}"  # no run had it: no cache answers
        return wait(folder, "dvc", "exp", "run", "-S", rate, **variables)

    def loads(code: str) -> float:
        return float(timed(now, sys.executable, "-c", _IMPORT.format(code)).printed)

    frozen = {"PYTHONDONTWRITEBYTECODE": "1"}
    yield Pair(
        "`dvc exp run -S lr=...` under PYTHONDONTWRITEBYTECODE=1",
        lambda: vary(now, **frozen),
        lambda: vary(before, **WITHOUT_BYTECODE),
    )
    yield Pair("import of MXNet / a plain one", lambda: loads(_OURS), lambda: loads(_PLAIN))
    _restore(now)
    _restore(before)
    for title, command in COMMANDS.items():
        yield Pair(title, partial(module, now, *command), partial(module, before, *command))
    run(now, "make", "setup")
    yield Pair(
        "`make repro` with nothing to do / `dvc repro`",
        lambda: wait(now, "make", "repro"),
        lambda: wait(now, "dvc", "repro"),
    )


def _project(places: Places, name: str, revision: str) -> Path:
    """Return a clone at a revision, with results and experiments."""
    folder = new_project(places, name, revision)
    for setting in EXPERIMENTS:
        run(folder, "dvc", "exp", "run", "--quiet", "-S", setting)
        _restore(folder)
    return folder


def _restore(folder: Path) -> None:
    """Bring a project back to where `dvc repro` has nothing to do."""
    run(folder, "git", "checkout", "-q", "--force", "HEAD", "--", ".")
    run(folder, "dvc", "checkout", "-q", "--force")
