"""search.yaml: what it may hold, and the line that says what is wrong."""

from pathlib import Path

import pytest

from stages.common.errors import ParamError
from tests.support.search import BASE, settings_of, write_search
from tools.search.settings import Choices, Range, load_settings
from tools.search.study import Study

RANGE = {"low": 0.01, "high": 1.0}


def test_a_list_gives_choices_and_a_mapping_a_range(here: Path) -> None:
    """Values become what the param is: whole numbers stay whole, others become floats."""
    vary = {
        "epochs": {"low": 1, "high": 9},
        "momentum": [0, 0.9],
        "lr": RANGE | {"log": True},
        "lr_schedule": ["cosine"],
    }
    found = settings_of(here, vary=vary).vary
    assert found["epochs"] == Range(1, 9)
    assert found["momentum"] == Choices((0.0, 0.9))
    assert found["lr"] == Range(0.01, 1.0, log=True)
    assert found["lr_schedule"] == Choices(("cosine",))


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"trials": 0}, "trials: 0 is not allowed; it must be a whole number from 1 to 100000"),
        ({"sampler": "best"}, "sampler: 'best' is not allowed; it must be tpe, random or grid"),
        ({"trails": 3}, "'trails': unknown key; the keys are trials, sampler, sampler_seed,"),
        ({"prune": 1}, "prune: 1 is not allowed; it must be true or false"),
        ({"vary": {}}, "vary: {} is not allowed; it must be a param and its values"),
        ({"vary": {"seed": [0, 1]}}, "vary: seed: cannot be varied; choose from batch_size"),
        ({"vary": {"lr": []}}, "vary: lr: [] is not allowed"),
        ({"vary": {"lr": 0.1}}, "vary: lr: 0.1 is not allowed"),
        ({"vary": {"lr": ["abc"]}}, "vary: lr: 'abc' is not allowed; it must be a number above 0"),
        ({"vary": {"lr": [0.1, 0.1]}}, "vary: lr: [0.1, 0.1] names a value twice"),
        ({"vary": {"lr": {"low": 0.1}}}, "a range has low, high and log"),
        ({"vary": {"lr": RANGE | {"step": 1}}}, "a range has low, high and log"),
        ({"vary": {"lr": {"low": 1.0, "high": 0.1}}}, "it must have low < high"),
        ({"vary": {"lr": RANGE | {"log": "yes"}}}, "log: 'yes' is not allowed"),
        ({"vary": {"momentum": {"low": 0.0, "high": 0.9, "log": True}}}, "have 0 < low < high"),
        ({"vary": {"momentum": {"low": 0.0, "high": 1.0}}}, "momentum: 1.0 is not allowed"),
        ({"vary": {"epochs": {"low": 1, "high": 2.5}}}, "epochs: 2.5 is not allowed"),
        ({"vary": {"lr_schedule": {"low": 1, "high": 2}}}, "lr_schedule: {'high': 2, 'low': 1}"),
        ({"sampler": "grid", "vary": {"lr": RANGE}}, "a grid needs a list of values"),
        ({"seed": 1}, "'seed': unknown key; the keys are trials, sampler, sampler_seed, "),
        ({"finalist_seeds": []}, "finalist_seeds: [] is not allowed; it must be a list of seeds"),
        ({"finalist_seeds": [1, 1]}, "finalist_seeds: [1, 1] names a seed twice"),
    ],
)
def test_a_wrong_value_is_one_line(here: Path, changed: dict[str, object], line: str) -> None:
    """Each wrong value is refused in one line that names the file, the key and what is allowed."""
    with pytest.raises(ParamError) as caught:
        settings_of(here, **changed)
    assert str(caught.value).startswith(f"{here}/search.yaml: ")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_missing_key_has_a_line(here: Path) -> None:
    """A file without the keys that have no default gets a line for each."""
    (here / "search.yaml").write_text("batch: 2\n", encoding="utf-8")
    with pytest.raises(ParamError) as caught:
        load_settings(BASE, here / "search.yaml")
    keys = [line.split(": ")[1] for line in str(caught.value).split("\n")]
    assert keys == ["trials", "vary"]


def test_a_search_needs_a_validation_split(here: Path) -> None:
    """Without validation images there is nothing to compare trials by, and the line says so."""
    base = BASE.model_copy(update={"val_fraction": 0.0})
    with pytest.raises(ParamError, match=r"set val_fraction above 0 in params\.yaml"):
        load_settings(base, write_search(here))


def test_a_grid_ends_with_its_last_cell(here: Path) -> None:
    """A grid runs no more trials than it has cells, and fewer where `trials` says so."""
    vary = {"lr": [0.1, 0.2], "epochs": [1, 2, 3]}
    assert settings_of(here, sampler="grid", vary=vary, trials=100).count == 6
    assert settings_of(here, sampler="grid", vary=vary, trials=4).count == 4
    assert settings_of(here, sampler="random", vary=vary, trials=100).count == 100


def test_the_sampler_has_a_seed_of_its_own(here: Path) -> None:
    """`sampler_seed` draws other trials, which train with the seed of params.yaml all the same."""
    base = BASE.model_copy(update={"seed": 5})
    drawn = []
    for seed in (0, 1):
        settings = load_settings(base, write_search(here, sampler_seed=seed, sampler="random"))
        study = Study(settings, base)
        drawn.append(study.ask(range(3)))
        assert {study.params(each).seed for each in drawn[-1]} == {5}
    assert drawn[0] != drawn[1]
