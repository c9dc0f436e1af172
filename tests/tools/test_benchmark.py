"""The benchmark's section of epochs, on a small dataset, and the report of its figures."""

import sys
from pathlib import Path

import pytest

from tests.support.prepared import write_shapes
from tools.benchmark.epochs import LOSS_TOLERANCE, TRAINERS, measure, void
from tools.benchmark.places import Places
from tools.benchmark.report import markdown, targets


def test_the_trainers_side_by_side(tmp_path: Path) -> None:
    """Each trainer that is installed gets a row whose loss is ours; a missing one gets none."""
    places = Places(tmp_path, Path(sys.executable))
    write_shapes(places.prepared, val=0)
    chosen = [one for one in TRAINERS if one.module in {"ours", "numpy_loop", "jax_scan"}]
    rows = measure(places, rounds=2, trainers=tuple(chosen))
    assert [row["trainer"] for row in rows][:3] == [one.title for one in chosen[:3]]
    for row in rows:
        assert row["note"] == ""
        assert row["median, s"] > 0
        assert row["CPU, s"] > 0
    text = markdown({"epochs": rows, "targets": targets({"epochs": rows})})
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len([line for line in lines if "numpy" in line.lower()]) >= 2
    assert {line.count("|") for line in lines if line.startswith("| ours")} == {9}


@pytest.mark.parametrize("loss", [0.5 + 2 * LOSS_TOLERANCE, 0.5 - 2 * LOSS_TOLERANCE, float("nan")])
def test_a_trainer_of_something_else_is_no_peer(loss: float) -> None:
    """A row is void when its loss is not ours, and the targets pass over it, however fast it is."""
    ours = {"trainer": "ours", "median, s": 2.0, "CPU, s": 2.0, "note": void(0.5, 0.5)}
    right = {"trainer": "NumPy, right", "median, s": 4.0, "CPU, s": 1.0, "note": void(0.502, 0.5)}
    wrong = {"trainer": "NumPy, wrong", "median, s": 1.0, "CPU, s": 0.1, "note": void(loss, 0.5)}
    wall, cpu = targets({"epochs": [ours, right, wrong]})
    assert (wall["measured"], wall[""]) == (0.5, "met")
    assert (cpu["measured"], cpu[""]) == (2.0, "met")
