"""A trial trains as stage train does, stops where it must, and leaves the test split alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.prepared import write_shapes
from tests.support.project import ROOT, clean_environment
from tests.support.training import figures, params_of, run_fit
from tools.search.trial import run_trial

# Runs a trial and prints the name of every file that its process opens.
OPENED = """
import sys
sys.addaudithook(lambda event, args: event == "open" and print("opened", args[0]))
from tests.support.project import PARAMS
from tools.search.trial import run_trial
print("ended", run_trial(PARAMS, []).state)
"""


@pytest.fixture(autouse=True)
def prepared(here: Path) -> Path:
    """Write a small prepared dataset where a trial looks for it, and return its folder."""
    write_shapes(here / "data/prepared")
    return here / "data/prepared"


def test_a_trial_ends_with_the_figures_of_stage_train() -> None:
    """A trial's validation losses are those of the training that stage train runs, bit for bit."""
    params = params_of(momentum=0.9, lr_schedule="cosine")
    outcome = run_trial(params.model_dump(), [])
    fitted = run_fit(params)
    assert outcome.state == "complete"
    assert outcome.val_losses == [loss for _, _, loss, _ in figures(fitted)]
    assert (outcome.val_loss, outcome.val_accuracy) == figures(fitted)[-1][2:]


def test_with_patience_the_kept_epoch_counts() -> None:
    """A trial that trains with patience ends with the figures of its best epoch."""
    outcome = run_trial(params_of(lr=5.0, weight_decay=0.3, epochs=30, patience=2).model_dump(), [])
    assert outcome.val_loss == min(outcome.val_losses) < outcome.val_losses[-1]


def test_a_trial_stops_above_a_limit() -> None:
    """A trial stops after the first epoch that is above its limit, but not after its last."""
    losses = run_trial(params_of(epochs=4).model_dump(), []).val_losses
    limits = [losses[0], losses[1] - 1e-9]
    stopped = run_trial(params_of(epochs=4).model_dump(), limits)
    assert (stopped.state, stopped.val_losses) == ("pruned", losses[:2])
    assert stopped.val_loss == losses[1]
    whole = run_trial(params_of(epochs=2).model_dump(), limits)
    assert (whole.state, whole.epochs_run) == ("complete", 2)


def test_a_loss_that_is_not_finite_is_the_outcome() -> None:
    """Training that diverges ends the trial as failed, with the reason and without figures."""
    outcome = run_trial(params_of(lr=1.0, weight_decay=10.0, epochs=60).model_dump(), [])
    assert (outcome.state, outcome.val_loss, outcome.val_accuracy) == ("failed", None, None)
    assert outcome.problem.startswith("the loss is ")


def test_a_trial_never_opens_the_test_split(prepared: Path) -> None:
    """Of the prepared arrays a trial opens train and val alone, and runs where test is missing."""
    command = [sys.executable, "-c", OPENED]
    environment = clean_environment() | {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "ended complete" in shown.stdout
    opened = {
        Path(line.split()[-1]).name for line in shown.stdout.splitlines() if line.endswith(".npy")
    }
    splits = {f"{split}_{kind}.npy" for split in ("train", "val") for kind in ("images", "labels")}
    assert opened == splits
    for array in prepared.glob("test_*"):
        array.unlink()
    assert run_trial(params_of().model_dump(), []).state == "complete"
