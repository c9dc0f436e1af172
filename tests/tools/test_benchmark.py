"""The benchmark's section of epochs, on a small dataset, with the trainers that this environment has."""

import sys
from pathlib import Path

import pytest

from tests.support.prepared import write_shapes
from tools.benchmark.epochs import LOSS_EPOCH, LOSS_TOLERANCE, TRAINERS, Trainer, measure, voided
from tools.benchmark.places import Places
from tools.benchmark.report import markdown
from tools.benchmark.targets import judged

FAST = {
    "ours",
    "numpy_loop",
    "pytorch",
    "sgd_classifier",
    "floor",
}  # PyTorch is installed nowhere but for the benchmark


def test_the_trainers_side_by_side(tmp_path: Path) -> None:
    """Each trainer gets a row in the report, and the row is void when it trains something else than ours."""
    places = Places(tmp_path, Path(sys.executable))
    write_shapes(places.prepared, val=0)
    chosen = (
        Trainer(one.module, one.title, one.ours, (1,), checked=one.checked)
        for one in TRAINERS
        if one.module in FAST
    )
    rows = measure(places, rounds=2, trainers=tuple(chosen))
    by_trainer = {row["trainer"]: row for row in rows}
    for name in FAST - {"pytorch"}:
        assert len(by_trainer[name]["seconds"]) == 2
        assert 0 < by_trainer[name]["min"] <= by_trainer[name]["median"]
    assert (
        "median" in by_trainer["pytorch"] or by_trainer["pytorch"]["note"] == "not installed: torch"
    )
    assert by_trainer["numpy_loop"]["loss"] == pytest.approx(
        by_trainer["ours"]["loss"], abs=LOSS_TOLERANCE
    )
    # One-versus-all by single images is another task.
    assert [row["trainer"] for row in rows if row["void"]] == ["sgd_classifier"]
    assert f"void: the loss of epoch {LOSS_EPOCH}" in by_trainer["sgd_classifier"]["note"]

    text = markdown({"machine": {"CPU": "one"}, "epochs": rows})
    table = [
        line for line in text.split("## Seconds an epoch")[1].splitlines() if line.startswith("|")
    ]
    assert len(table) == 2 + len(FAST)
    assert len({line.count("|") for line in table}) == 1
    assert all(any(row["title"] in line for line in table) for row in rows)


@pytest.mark.parametrize("loss", [0.5 + 2 * LOSS_TOLERANCE, 0.5 - 2 * LOSS_TOLERANCE, float("nan")])
def test_a_wrong_loss_voids_a_row_and_takes_it_out_of_the_targets(loss: float) -> None:
    """The fastest row does not count as the fastest peer when its loss is not ours."""
    ours = {"trainer": "ours", "title": "ours", "checked": True, "median": 2.0, "loss": 0.5}
    right = {
        "trainer": "numpy_loop",
        "title": "NumPy",
        "checked": True,
        "median": 4.0,
        "loss": 0.5 + LOSS_TOLERANCE / 2,
    }
    wrong = {"trainer": "pytorch", "title": "PyTorch", "checked": True, "median": 1.0, "loss": loss}
    epochs = voided([ours, right, wrong])
    assert [row["void"] for row in epochs] == [False, False, True]
    target, ratio, verdict = judged({"epochs": epochs})[0]
    assert (target.figure, ratio, verdict) == ("our epoch / the fastest peer's", 0.5, "met")
