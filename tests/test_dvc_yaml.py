"""dvc.yaml, held against the sources: names, deps, params, metrics and plots."""

import ast
import configparser
import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.common.params import Params
from tests.support.imports import project_files
from tests.support.project import ROOT

PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES: dict[str, dict[str, Any]] = PIPELINE["stages"]
each_stage = pytest.mark.parametrize("name", STAGES)


def paths_of(listed: list[str | dict[str, Any]]) -> list[str]:
    """Return the paths of outs, metrics or plots, which stand alone or as the key of their settings."""
    return [item if isinstance(item, str) else next(iter(item)) for item in listed]


def test_a_stages_name_is_its_modules_and_its_key() -> None:
    """Every module in stages/ is a stage of the same name in dvc.yaml, run by stages/run.sh, and there is no other stage."""
    assert set(STAGES) == {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    assert {name: stage["cmd"] for name, stage in STAGES.items()} == {
        name: f"sh stages/run.sh {name}" for name in STAGES
    }


@each_stage
def test_deps_are_the_modules_that_the_stage_imports(name: str) -> None:
    """A stage's deps hold every project module that it imports, however indirectly, and no other."""
    listed = {dep for dep in STAGES[name]["deps"] if dep.endswith(".py")}
    assert listed == {str(path) for path in project_files(Path(f"stages/{name}.py"))}


def test_the_package_itself_cannot_change_a_result() -> None:
    """stages/__init__.py, which every stage runs and none has in its deps, is a docstring and nothing else."""
    (docstring,) = ast.parse((ROOT / "stages/__init__.py").read_text()).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(docstring.value, ast.Constant)


@each_stage
def test_deps_and_params_are_sorted_and_listed_once(name: str) -> None:
    """Deps and params are in alphabetical order, each once, so that a change of them is easy to read."""
    for listed in (STAGES[name]["deps"], STAGES[name].get("params", [])):
        assert listed == sorted(set(listed))


def params_read(path: Path) -> set[str]:
    """Return the params that a file reads: as an attribute of `params` or of what load_params returns, or by name."""
    read = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Attribute):
            source = ast.unparse(node.value)
            if source.split(".")[-1] == "params" or re.fullmatch(r"load_params\(.*\)", source):
                read.add(node.attr)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and path.parent == Path("stages")
        ):
            read.add(node.value)  # MODEL_PARAMS names those that are written down with the model
    return read & set(Params.model_fields)


@each_stage
def test_params_are_those_that_the_stage_reads(name: str) -> None:
    """A stage lists the params that its modules read, all of them and no other: else it reruns too little or too often."""
    # params.py looks at all of them to validate, which changes no output.
    files = project_files(Path(f"stages/{name}.py")) - {Path("stages/common/params.py")}
    read = set().union(*(params_read(path) for path in files))
    assert read == set(STAGES[name].get("params", []))


def test_every_param_is_some_stages() -> None:
    """params.yaml has the params that are validated, and each is a dependency of a stage."""
    listed = {param for stage in STAGES.values() for param in stage.get("params", [])}
    assert (
        listed
        == set(Params.model_fields)
        == set(yaml.safe_load((ROOT / "params.yaml").read_text()))
    )


@each_stage
def test_every_stage_says_what_it_does(name: str) -> None:
    """Each stage has a description of one line, as `dvc stage list` shows it."""
    assert re.fullmatch(r"[A-Z][^\n]{20,100}[^.\n]", STAGES[name]["desc"])


def test_stages_are_joined_by_what_they_write() -> None:
    """Whatever data or plot a stage depends on is written by a stage before it, except the catalogue."""
    written = {"data/datasets/${dataset}.yaml"}
    for stage in STAGES.values():
        read = {dep for dep in stage["deps"] if not dep.endswith(".py")}
        assert read <= written
        written |= {
            path for kind in ("outs", "metrics", "plots") for path in paths_of(stage.get(kind, []))
        }


def test_small_text_and_pictures_are_in_git_and_keep_the_run_cache() -> None:
    """Metrics and plots have `cache: false` where they stand, and no outs do: those would lose the run cache."""
    for stage in STAGES.values():
        assert all(isinstance(out, str) for out in stage.get("outs", []))
        settings = [
            next(iter(item.values()))
            for kind in ("metrics", "plots")
            for item in stage.get(kind, [])
        ]
        assert settings
        assert all(setting["cache"] is False for setting in settings)
        assert not {"always_changed", "frozen"} & set(stage)


def test_metric_names_are_unique() -> None:
    """No two metrics files share a name, so that `dvc metrics diff --no-path` and `dvc exp show` read well."""
    files = [path for stage in STAGES.values() for path in paths_of(stage["metrics"])]
    names = Counter(name for path in files for name in json.loads((ROOT / path).read_text()))
    shown_in_lists = {"per_class", "files"}  # `dvc metrics` passes over lists
    assert {name for name, count in names.items() if count > 1} <= shown_in_lists


@each_stage
def test_plots_exist_and_have_the_columns_that_are_drawn(name: str) -> None:
    """Each plot of dvc.yaml is in the repository, and a CSV has the columns that its axes name."""
    for plot in STAGES[name].get("plots", []):
        ((path, settings),) = plot.items()
        assert (ROOT / path).stat().st_size
        if path.endswith(".csv"):
            with (ROOT / path).open(newline="") as file:
                assert {settings["x"], settings["y"]} <= set(next(csv.reader(file)))


def test_no_plot_is_drawn_twice() -> None:
    """A plot stands in one stage only and not in a top-level `plots:` too, which would draw it twice."""
    counts = Counter(path for stage in STAGES.values() for path in paths_of(stage.get("plots", [])))
    assert set(counts.values()) == {1}
    assert "plots" not in PIPELINE


def test_the_model_is_an_artifact() -> None:
    """The model is registered under a name, at the path that train writes."""
    ((_, artifact),) = PIPELINE["artifacts"].items()
    assert artifact["type"] == "model"
    assert artifact["path"] in STAGES["train"]["outs"]


def test_dvc_tells_nobody_and_stages_what_it_makes() -> None:
    """DVC's analytics are off, and it adds what it writes to git."""
    config = configparser.ConfigParser()
    config.read_string(re.sub(r"(?m)^\s+", "", (ROOT / ".dvc/config").read_text()))
    assert not config.getboolean("core", "analytics")
    assert config.getboolean("core", "autostage")
