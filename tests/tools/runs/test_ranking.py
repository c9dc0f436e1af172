"""Runs that saw the same images, ranked: real records, made by git."""

from pathlib import Path

import pytest

from stages.common.history import COLUMNS, History
from tests.support.experiments import files_of_run, new_recorded_project, record
from tools.runs.ranking import ABSENT, Mean, Ranking, mean_curve, name_code, rank
from tools.runs.record import Run
from tools.runs.revision import commit, experiments_from


def recorded_runs(folder: Path, **runs: dict[str, bytes]) -> list[Run]:
    """Return runs as experiments record them, by name."""
    new_recorded_project(folder, files_of_run())
    record(folder, runs)
    return [Run(each) for each in experiments_from(commit("HEAD")).values()]


def ranked(folder: Path, *rows: tuple[float, int, float]) -> Ranking:
    """Return the ranking of runs with these lr, seed and validation loss."""
    runs = {
        f"lr-{lr}-seed-{seed}": files_of_run(lr=lr, seed=seed, val_loss=val_loss)
        for lr, seed, val_loss in rows
    }
    (ranking,) = rank(recorded_runs(folder, **runs))
    return ranking


def test_seeds_are_grouped_and_compared_in_pairs(here: Path) -> None:
    """Seeds of the same settings are one group; what a seed does to all settings blurs nothing."""
    first, second = ranked(
        here,
        *((0.1, 0, 0.50), (0.1, 1, 0.60), (0.1, 2, 0.55)),
        *((0.2, 0, 0.51), (0.2, 1, 0.62), (0.2, 2, 0.56)),
    ).groups
    assert [run.seed for run in first.runs] == [0, 1, 2]
    losses = [group.mean("val_loss") for group in (first, second)]
    assert [each.value for each in losses] == pytest.approx([0.55, 0.56333333])
    assert [each.spread for each in losses] == pytest.approx([0.05, 0.05507571])
    # The differences are 0.01, 0.02 and 0.01: mean 0.01333 and standard error 0.00333, times
    # 4.303 for two degrees of freedom.
    assert first.behind == Mean(0, 0)
    assert second.behind is not None
    assert second.behind.value == pytest.approx(0.01333333)
    assert second.behind.spread == pytest.approx(0.01434333)


def test_equal_losses_stay_in_the_order_of_their_numbers(here: Path) -> None:
    """Of runs with the same loss, search-9 comes before search-10."""
    names = {f"search-{number}": files_of_run(lr=number / 100) for number in (8, 9, 10, 11)}
    (ranking,) = rank(recorded_runs(here, **names))
    assert [run.name for run in ranking.runs] == list(names)


def test_only_common_seeds_are_compared(here: Path) -> None:
    """Settings that also ran on an easy seed gain nothing by it."""
    ranking = ranked(here, (0.1, 0, 0.50), (0.1, 7, 0.30), (0.2, 0, 0.49))
    assert ranking.seeds == (0,)
    assert ranking.settings == ("lr",)
    assert [group.settings["lr"] for group in ranking.groups] == [0.2, 0.1]
    assert [group.mean("val_loss").value for group in ranking.groups] == pytest.approx([0.49, 0.4])
    behind = ranking.groups[1].behind
    assert behind is not None
    assert behind.value == pytest.approx(0.01)
    assert behind.spread is None


def test_settings_without_a_common_seed_are_ranked_by_their_own(here: Path) -> None:
    """Where no seed is in all groups each has the mean of its own, and no difference."""
    ranking = ranked(here, (0.1, 0, 0.50), (0.1, 1, 0.52), (0.2, 2, 0.49))
    assert ranking.seeds == ()
    assert [group.settings["lr"] for group in ranking.groups] == [0.2, 0.1]
    assert ranking.groups[1].behind is None


def test_a_param_that_a_record_lacks_tells_runs_apart(here: Path) -> None:
    """Runs from before a param was added, and from before one was removed, are ranked together."""
    runs = recorded_runs(
        here,
        older=files_of_run(lacking=["momentum"], val_loss=0.4),
        now=files_of_run(momentum=0.0, val_loss=0.5),
        removed=files_of_run(label_smoothing=0.1, val_loss=0.6),
    )
    (ranking,) = rank(runs)
    assert ranking.settings == ("momentum", "label_smoothing")
    values = [[group.settings[name] for name in ranking.settings] for group in ranking.groups]
    assert values == [[ABSENT, ABSENT], [0.0, ABSENT], [0.0, 0.1]]


def test_code_is_named_in_order(here: Path) -> None:
    """Equal code has the same letter, and there are names for more than 26."""
    runs = {
        f"run-{number}": files_of_run(seed=number, code={"a": str(number % 30)})
        for number in range(60)
    }
    names = name_code(recorded_runs(here, **runs))
    assert names[:3] == ["A", "B", "C"]
    assert names[26:30] == ["AA", "AB", "AC", "AD"]
    assert names[30:] == names[:30]


def test_mean_curve_ends_where_the_shortest_run_does() -> None:
    """The mean over seeds covers the epochs that all seeds ran."""
    first: History = {"epoch": [1.0, 2.0]}
    second: History = {"epoch": [1.0]}
    for name in COLUMNS[1:]:
        first[name], second[name] = [0.4, 0.3], [0.2]
    curve = mean_curve([first, second])
    assert curve["epoch"] == [1]
    assert curve["val_loss"] == pytest.approx([0.3])
    assert curve["val_loss_sd"] == pytest.approx([0.1 * 2**0.5])
    assert mean_curve([first])["val_loss_sd"] == [None, None]
