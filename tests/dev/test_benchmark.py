"""The benchmark's sections of epochs and of the search, small, and the report of its figures."""

import math
import sys
from pathlib import Path

import pytest
import yaml

from dev.benchmark import search
from dev.benchmark.epochs import LOSS_TOLERANCE, TRAINERS, measure, void
from dev.benchmark.report import markdown, targets
from dev.benchmark.sandbox import Places
from tests.support.prepared import write_shapes
from tests.support.project import Project


def test_the_trainers_side_by_side(tmp_path: Path) -> None:
    """Each trainer that is installed gets a row whose loss is ours; a missing one gets none."""
    places = Places(tmp_path, Path(sys.executable))
    write_shapes(places.prepared, val=0)
    chosen = [one for one in TRAINERS if one.module in {"ours", "numpy_loop"}]
    rows = measure(places, rounds=2, trainers=tuple(chosen))
    assert [row["trainer"] for row in rows][:3] == [one.title for one in chosen[:3]]
    for row in rows:
        assert row["note"] == ""
        assert row["median"] > 0
        assert row["CPU"] > 0
    text = markdown({"epochs": rows, "targets": targets({"epochs": rows})})
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len([line for line in lines if "numpy" in line.lower()]) >= 2
    assert {line.count("|") for line in lines if line.startswith("| ours")} == {9}


@pytest.mark.parametrize("loss", [0.5 + 2 * LOSS_TOLERANCE, 0.5 - 2 * LOSS_TOLERANCE, float("nan")])
def test_a_trainer_of_something_else_is_no_peer(loss: float) -> None:
    """A row is void when its loss is not ours, and the targets pass over it, however fast it is."""
    ours = {"trainer": "ours", "median": 2.0, "CPU": 2.0, "note": void(0.5, 0.5)}
    right = {"trainer": "NumPy, right", "median": 4.0, "CPU": 1.0, "note": void(0.502, 0.5)}
    wrong = {"trainer": "NumPy, wrong", "median": 1.0, "CPU": 0.1, "note": void(loss, 0.5)}
    wall, cpu = targets({"epochs": [ours, right, wrong]})
    assert (wall["measured"], wall[""]) == (0.5, "met")
    assert (cpu["measured"], cpu[""]) == (2.0, "met")


def test_an_older_record_may_lack_a_figure() -> None:
    """With --only, the other sections are those of an earlier run, and may have no CPU time."""
    rows = [{"trainer": name, "median": 1.0} for name in ("ours", "NumPy")]
    assert [row["figure"] for row in targets({"epochs": rows})] == ["our epoch / NumPy's best"]


@pytest.mark.slow
def test_searches_are_measured(reproduced: Project) -> None:
    """Each figure of the search has a row, and each of its targets finds its rows."""
    own = {
        "sampler_seed": 0,
        "trials": 3,
        "batch": 2,
        "vary": {"lr": [0.1, 0.2, 0.3], "epochs": [1]},
    }
    reproduced.path("search.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    grid = {"lr": [0.1, 0.2, 0.3], "epochs": [1]}
    rows = search.compare(reproduced.folder, rounds=1, rates=[0.1], trials=4, epochs=1, grid=grid)
    assert all(0 < row["median"] < math.inf for row in rows)
    figures = {row["figure"]: row["measured"] for row in targets({"search": rows})}
    assert len(figures) == 4  # the times are of 2 trials, and the target is for 8
    assert figures["share of two cores in training"] < 1
    assert 30 < figures["memory of a worker, MB"] < 1000
