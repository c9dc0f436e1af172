"""A study gives the same in whatever order its trials end, and goes on after a stop."""

import math
from itertools import product
from pathlib import Path

import pytest

from stages.common.files import parse_csv
from tests.support.search import BASE, AnyOrder, Stopped, run_search, settings_of
from tools.search.settings import Settings
from tools.search.study import Study
from tools.search.trial import Outcome

GRID: dict[str, list[object]] = {
    "lr": [0.01, 0.1, 1.0],
    "epochs": [1, 2],
    "lr_schedule": ["constant", "cosine"],
}


def sampler_settings(folder: Path, sampler: str, **changed: object) -> Settings:
    """Return the settings of the tests for a sampler; a grid varies lists."""
    vary = {"vary": GRID} if sampler == "grid" else {}
    return settings_of(folder, sampler=sampler, **vary, **changed)


def columns(csv: bytes) -> list[dict[str, str]]:
    """Return the rows of a trials.csv."""
    header = csv.decode().split("\n", 1)[0].split(",")
    return parse_csv(csv, "trials.csv", header)


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_the_order_in_which_trials_end_changes_nothing(here: Path, sampler: str) -> None:
    """The same settings give the same trials.csv, byte for byte, in whatever order trials end."""
    settings = sampler_settings(here, sampler, trials=20)
    found = {run_search(here / str(seed), settings, AnyOrder(seed))[0] for seed in range(4)}
    assert len(found) == 1
    assert len(columns(found.pop())) == settings.count


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_a_stopped_study_goes_on(here: Path, sampler: str) -> None:
    """A study that was stopped after any trial ends as an undisturbed one, each trial run once."""
    settings = sampler_settings(here, sampler)
    whole, _ = run_search(here / "whole", settings, AnyOrder(0))
    for stops in ([0, 1, 5], [4, 7], [11]):
        folder = here / str(stops)
        for seed, trials in enumerate(stops):
            with pytest.raises(Stopped):
                run_search(folder, settings, AnyOrder(seed, trials=trials))
        csv, record = run_search(folder, settings, AnyOrder(9, trials=12 - sum(stops)))
        assert csv == whole
        assert sorted(record.outcomes) == list(range(12))


def test_pruning_stops_trials_and_another_seed_proposes_others(here: Path) -> None:
    """With `prune` some trials end early; without it all are complete and the proposals differ."""
    vary = {"lr": {"low": 0.0001, "high": 0.1, "log": True}, "epochs": [6]}
    pruned, full = (
        columns(run_search(here / str(prune), settings, AnyOrder(0))[0])
        for prune in (True, False)
        for settings in [settings_of(here, trials=24, vary=vary, prune=prune)]
    )
    stopped = [row for row in pruned if row["state"] == "pruned"]
    assert stopped
    assert all(1 <= int(row["epochs_run"]) < 6 for row in stopped)
    assert all(int(row["number"]) >= 6 for row in stopped)  # the first batches have no limits
    assert {(row["state"], row["epochs_run"]) for row in full} == {("complete", "6")}


def test_a_grid_runs_each_combination_once(here: Path) -> None:
    """A grid's trials are all combinations of its lists, none twice."""
    csv, _ = run_search(here, sampler_settings(here, "grid", trials=100), AnyOrder(0))
    lists = list(GRID.values())
    found = [tuple(row[name] for name in GRID) for row in columns(csv)]
    assert sorted(found) == sorted(tuple(map(str, cell)) for cell in product(*lists))


def test_a_number_from_a_range_is_short(here: Path) -> None:
    """What is drawn from a range has four significant digits and lies within the range."""
    vary = {"lr": {"low": 0.0123456, "high": 0.0123999}, "epochs": {"low": 2, "high": 4}}
    study = Study(settings_of(here, vary=vary, sampler="random"), BASE)
    for proposal in study.ask(range(30)):
        rate, epochs = proposal.values["lr"], proposal.values["epochs"]
        assert 0.0123456 <= rate <= 0.0123999
        assert rate in (0.0123456, 0.01235, 0.01236, 0.01237, 0.01238, 0.01239, 0.0123999)
        assert epochs in (2, 3, 4)


def test_a_rate_that_decays_is_judged_in_the_last_quarter(here: Path) -> None:
    """Under a cosine no trial stops before three quarters of its epochs are over."""
    vary = {"lr": {"low": 0.01, "high": 1.0}, "epochs": [4], "lr_schedule": ["cosine"]}
    study = Study(settings_of(here, sampler="random", vary=vary), BASE)
    study.ask(range(5))
    for number in range(5):
        study.tell(number, Outcome("complete", 1.0, 0.5, [4.0, 3.0, 2.0, 1.0], 0.1))
    params = BASE.model_copy(update={"epochs": 4, "lr_schedule": "cosine"})
    assert study.limits(params) == [math.inf, math.inf, math.inf, 1.0]


def test_limits_are_medians_of_complete_trials_of_the_same_length(here: Path) -> None:
    """From five complete trials on, an epoch's limit is their median; others do not count."""
    vary = {"lr": {"low": 0.01, "high": 1.0}, "epochs": [3]}
    study = Study(settings_of(here, sampler="random", vary=vary), BASE)
    same = BASE.model_copy(update={"epochs": 3})
    study.ask(range(8))
    for number in range(5):
        assert study.limits(same) == []
        losses = [1.0 + number, 0.5 + number, 0.1][: 3 if number else 2]
        study.tell(number, Outcome("complete", losses[-1], 0.5, losses, 0.1))
    assert study.limits(same) == [3.0, 2.5]
    study.tell(5, Outcome("pruned", 9.0, 0.5, [9.0], 0.1))
    study.tell(6, Outcome("failed", None, None, [], 0.1, "the loss is nan"))
    assert study.limits(same) == [3.0, 2.5]
    for change in ({"epochs": 4}, {"lr_schedule": "cosine"}):
        assert study.limits(same.model_copy(update=change)) == []
