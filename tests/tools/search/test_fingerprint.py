"""What decides a trial: it starts a new study when it changes, and nothing else does."""

from pathlib import Path
from typing import Any

import pytest

from stages.common.errors import DataError
from stages.common.params import Params
from tests.support.imports import project_files
from tests.support.search import BASE, SEARCH, settings_of
from tools.search.fingerprint import CODE, check_same, digest, study_key

SAME = {"commit": "a", "code": "b", "lock": "c", "data/prepared": "d"}


def test_the_code_is_what_draws_and_runs_a_trial() -> None:
    """All that the study and the trial import counts as code, and nothing else."""
    start = (Path("tools/search/study.py"), Path("tools/search/trial.py"))
    imported = set().union(*map(project_files, start))
    covered = [{file for file in imported if file.is_relative_to(path)} for path in CODE]
    assert set().union(*covered) == imported
    assert all(covered)


@pytest.mark.parametrize(
    ("settings", "params", "same"),
    [
        ({"trials": 99}, {}, {}),
        ({"finalists": 9}, {}, {}),
        ({"finalist_seeds": [7]}, {}, {}),
        ({}, {"lr": 0.3}, {}),
        ({}, {"batch_size": 64}, {}),
        ({}, {}, {"commit": "x"}),
    ],
)
def test_what_decides_no_trial_continues_a_study(
    here: Path, settings: dict[str, Any], params: dict[str, Any], same: dict[str, str]
) -> None:
    """The number of trials, the finalists, varied params and other commits leave the key alone."""
    base = Params.model_validate(BASE.model_dump() | params)
    before = study_key(SAME, settings_of(here), BASE)
    assert digest(study_key(SAME | same, settings_of(here, **settings), base)) == digest(before)


@pytest.mark.parametrize(
    ("settings", "params", "same"),
    [
        ({"sampler": "random"}, {}, {}),
        ({"sampler_seed": 1}, {}, {}),
        ({"batch": 4}, {}, {}),
        ({"prune": False}, {}, {}),
        ({"vary": SEARCH["vary"] | {"epochs": [2, 4]}}, {}, {}),
        ({"vary": SEARCH["vary"] | {"momentum": [0.0]}}, {}, {}),
        ({}, {"momentum": 0.5}, {}),
        ({}, {"seed": 1}, {}),
        ({}, {"device": "auto"}, {}),
        ({}, {}, {"code": "x"}),
        ({}, {}, {"lock": "x"}),
        ({}, {}, {"data/prepared": "x"}),
    ],
)
def test_what_decides_a_trial_starts_a_study(
    here: Path, settings: dict[str, Any], params: dict[str, Any], same: dict[str, str]
) -> None:
    """The draw, what is varied, a fixed param, code, packages and data are in the key."""
    base = Params.model_validate(BASE.model_dump() | params)
    before = study_key(SAME, settings_of(here), BASE)
    assert digest(study_key(SAME | same, settings_of(here, **settings), base)) != digest(before)


@pytest.mark.parametrize("name", SAME)
def test_a_difference_is_named(name: str) -> None:
    """The first thing that is not the same on another machine is named, with what to do."""
    check_same(SAME, SAME)
    with pytest.raises(DataError, match=rf"^{name} is \w here and other there: .*"):
        check_same(SAME, SAME | {name: "other"})
