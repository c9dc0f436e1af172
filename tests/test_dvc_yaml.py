"""dvc.yaml, held against the sources, a run of the pipeline and the chart of the README."""

import ast
import configparser
import csv
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vl_convert
import yaml

from stages.common.params import Params
from tests.support.imports import project_files
from tests.support.project import PARAMS, ROOT, FirstRun
from tools.page.vega import VEGA_LITE

PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = PIPELINE["stages"]
each_stage = pytest.mark.parametrize("name", STAGES)


def paths_of(listed: list[str | dict[str, Any]]) -> list[str]:
    """Return the paths of outs, metrics or plots, whether or not they have settings."""
    return [item if isinstance(item, str) else next(iter(item)) for item in listed]


def test_a_stages_name_is_its_modules_and_its_key() -> None:
    """The modules in stages/ are the stages of dvc.yaml, each run as `python -m stages.NAME`."""
    modules = {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    commands = {name: stage["cmd"] for name, stage in STAGES.items()}
    assert commands == {name: f"python -m stages.{name}" for name in modules}


@each_stage
def test_deps_cover_what_the_stage_imports(name: str) -> None:
    """Each module that a stage imports is a dep or lies in one, and each dep covers an import."""
    imported = project_files(Path(f"stages/{name}.py"))
    code = [dep for dep in STAGES[name]["deps"] if dep.startswith("stages/")]
    covered = [{file for file in imported if file.is_relative_to(dep)} for dep in code]
    assert set().union(*covered) == imported
    assert all(covered)


@each_stage
def test_another_package_reruns_the_stages_whose_results_it_can_change(name: str) -> None:
    """The lock is a dep of each stage but download, whose files are proved by their digests."""
    assert ("requirements/base.lock" in STAGES[name]["deps"]) == (name != "download")


def test_the_packages_themselves_cannot_change_a_result() -> None:
    """Each __init__.py in stages/, which stages run and deps do not name, is a docstring."""
    for path in (ROOT / "stages").rglob("__init__.py"):
        (docstring,) = ast.parse(path.read_text(encoding="utf-8")).body
        assert isinstance(docstring, ast.Expr)
        assert isinstance(docstring.value, ast.Constant)


@each_stage
def test_deps_and_params_are_sorted_and_listed_once(name: str) -> None:
    """Deps and params are in alphabetical order, each once."""
    for listed in (STAGES[name]["deps"], STAGES[name].get("params", [])):
        assert listed == sorted(set(listed))


def params_read(path: Path) -> set[str]:
    """Return the params that a file reads, as attributes of the params or by name."""
    read = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            source = ast.unparse(node.value)
            if source.split(".")[-1] == "params" or re.fullmatch(r"load_params\(.*\)", source):
                read.add(node.attr)
        elif isinstance(node, ast.Constant) and path.parent == Path("stages"):
            read.add(str(node.value))  # such as those that are written down with the model
    return read & set(Params.model_fields)


@each_stage
def test_params_are_those_that_the_stage_reads(name: str) -> None:
    """A stage lists all params that its modules read, or it runs too rarely, and no others."""
    # params.py looks at all of them to validate, which changes no output.
    files = project_files(Path(f"stages/{name}.py")) - {Path("stages/common/params.py")}
    read = set().union(*(params_read(path) for path in files))
    assert read == set(STAGES[name].get("params", []))


def test_every_place_that_names_the_params_names_all() -> None:
    """A param of params.py is in params.yaml, dvc.yaml, README and the params of the tests."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    places = {
        "params.yaml": set(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))),
        "dvc.yaml": {param for stage in STAGES.values() for param in stage.get("params", [])},
        "README.md": set(re.findall(r"(?m)^\| `(\w+)` \| `", readme)),
        "tests/support/project.py": set(PARAMS),
    }
    params = set(Params.model_fields)
    problems = [f"{place} lacks {p}" for place, named in places.items() for p in params - named]
    problems += [f"{p} in {place}" for place, named in places.items() for p in named - params]
    assert not problems, "; ".join(problems)


@each_stage
def test_every_stage_says_what_it_does(name: str) -> None:
    """Each stage has a description of one line, as `dvc stage list` shows it."""
    assert re.fullmatch(r"[A-Z][^\n]{20,100}[^.\n]", STAGES[name]["desc"])


def test_stages_are_joined_by_what_they_write() -> None:
    """A stage reads data and plots that stages before it write, the catalogue and the lock."""
    written = {"data/datasets/${dataset}.yaml", "requirements/base.lock"}
    for stage in STAGES.values():
        assert {dep for dep in stage["deps"] if not dep.startswith("stages/")} <= written
        for kind in ("outs", "metrics", "plots"):
            written |= set(paths_of(stage.get(kind, [])))


def test_small_text_and_pictures_are_in_git_and_keep_the_run_cache() -> None:
    """Metrics and plots have `cache: false`, and no outs do: those would lose the run cache."""
    for stage in STAGES.values():
        assert all(isinstance(out, str) for out in stage.get("outs", []))
        in_git = stage["metrics"] + stage.get("plots", [])
        assert all(next(iter(item.values()))["cache"] is False for item in in_git)
        assert not {"always_changed", "frozen"} & set(stage)


def test_metric_names_are_unique(first_run: FirstRun) -> None:
    """No two metrics files share a name, so that `dvc metrics diff --no-path` reads well."""
    paths = [path for stage in STAGES.values() for path in paths_of(stage["metrics"])]
    files = [json.loads(first_run.project.path(path).read_text(encoding="utf-8")) for path in paths]
    names = Counter(name for file in files for name in file)
    assert max(names.values()) == 1, names


@each_stage
def test_plots_exist_and_have_the_columns_that_are_drawn(name: str, first_run: FirstRun) -> None:
    """A run writes each plot of dvc.yaml, and a CSV has the columns that its axes name."""
    for plot in STAGES[name].get("plots", []):
        ((name, settings),) = plot.items()
        path = first_run.project.path(name)
        assert path.stat().st_size
        if path.suffix == ".csv":
            with path.open(newline="") as file:
                assert {settings["x"], settings["y"]} <= set(next(csv.reader(file)))


def test_the_confusion_matrix_has_the_true_classes_down_in_the_datasets_order() -> None:
    """`dvc plots` draws the axes as the pictures have them, not in the order of the alphabet."""
    classes = ["zebra", "ant", "mule"]
    pairs = [(2, 2), (1, 2), (1, 1), (0, 1), (0, 0)]
    rows = [
        {"rev": "main", "actual": classes[actual], "predicted": classes[predicted]}
        | {"actual_label": str(actual), "predicted_label": str(predicted)}
        for actual, predicted in pairs
    ]
    (plot,) = [plot for plot in STAGES["evaluate"]["plots"] if "plots/predictions.csv" in plot]
    settings = plot["plots/predictions.csv"]
    template = (ROOT / f".dvc/plots/{settings['template']}.json").read_text(encoding="utf-8")
    template = template.replace('"<DVC_METRIC_DATA>"', json.dumps(rows))
    for anchor in ("x", "y", "x_label", "y_label", "title"):
        template = template.replace(f"<DVC_METRIC_{anchor.upper()}>", settings[anchor])
    drawn = vl_convert.vegalite_to_svg(template, vl_version=VEGA_LITE)
    labels = [text for text in re.findall(r"<text[^>]*>([^<]*)</text>", drawn) if text in classes]
    assert labels == classes * 2
    axes = {axis: re.search(rf"{axis}-axis[^>]*titled '([^']*)'", drawn) for axis in "XY"}
    titles = {axis: found and found[1] for axis, found in axes.items()}
    assert titles == {"X": "predicted class", "Y": "true class"}


def test_no_plot_is_drawn_twice() -> None:
    """A plot is in one stage only and in no top-level `plots:`, which would draw it again."""
    counts = Counter(path for stage in STAGES.values() for path in paths_of(stage.get("plots", [])))
    assert set(counts.values()) == {1}
    assert "plots" not in PIPELINE


def stage_edges(chart: str) -> set[tuple[str, str]]:
    """Return the pairs of stages that a Mermaid chart joins, directly or through other nodes."""
    labels = dict(re.findall(r'(\w+)\["(\w+)"\]', chart))
    arrows = set()
    for line in chart.splitlines():
        nodes = [re.findall(r"\w+", node)[0] for node in line.split("-->") if "-->" in line]
        arrows |= set(itertools.pairwise(labels.get(node, node) for node in nodes))

    def next_stages(node: str) -> Iterator[str]:
        for end in (end for start, end in arrows if start == node):
            yield from [end] if end in STAGES else next_stages(end)

    return {(stage, after) for stage in STAGES for after in next_stages(stage)}


def test_the_chart_in_the_readme_is_the_pipelines(first_run: FirstRun) -> None:
    """The chart in the README joins the same stages as `dvc dag --mermaid`."""
    (chart,) = re.findall(
        r"```mermaid\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    edges = stage_edges(first_run.project.run("dvc", "dag", "--mermaid").stdout)
    assert ("download", "preprocess") in edges
    assert stage_edges(chart) == edges


def test_the_model_is_an_artifact() -> None:
    """The model is registered under a name, at the path that train writes."""
    ((_, artifact),) = PIPELINE["artifacts"].items()
    assert artifact["type"] == "model"
    assert artifact["path"] in STAGES["train"]["outs"]


def test_dvc_tells_nobody_and_stages_nothing() -> None:
    """DVC's analytics are off, and `git checkout .` brings back what DVC has written."""
    config = configparser.ConfigParser()
    config.read_string(re.sub(r"(?m)^\s+", "", (ROOT / ".dvc/config").read_text(encoding="utf-8")))
    assert not config.getboolean("core", "analytics")
    assert not config.getboolean("core", "autostage", fallback=False)
