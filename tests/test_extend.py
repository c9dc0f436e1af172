"""docs/extend.md: its changes are made, in their order, in a clone, and the pipeline runs."""

import json
import re

import pytest

from tests.support.project import ROOT, Project

TEXT = (ROOT / "docs/extend.md").read_text(encoding="utf-8")
CHANGES = re.findall(r"```diff\n--- (\S+)\n(.*?)```", TEXT, re.DOTALL)


def apply(project: Project, name: str, change: str) -> None:
    """Make a change: its old lines, which are in the file once, become its new ones."""
    lines = change.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    path = project.path(name)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    assert not old or before.count(old) == 1, f"{name} has not once:\n{old}"
    after = before.replace(old, new) if old else before + new
    path.write_text(after, encoding="utf-8")


@pytest.mark.slow
def test_the_page_works(project: Project) -> None:
    """All changes of the page together run, as does an experiment with the new param."""
    for name, change in CHANGES:
        apply(project, name, change)
    project.run("dvc", "repro")
    model = json.loads(project.path("data/model/model.json").read_text(encoding="utf-8"))
    assert model["params"]["init_sigma"] == 0.01
    top = project.path("plots/top_k.csv").read_text(encoding="utf-8").splitlines()
    assert top[-1] == "3,1.000000"
    shown = project.run("dvc", "metrics", "show").stdout
    assert "top3_accuracy" in shown
    assert "nearest_mean_accuracy" in shown
    assert project.path("data/model/hidden_weight.npy").exists()
    assert not project.path("plots/templates.png").exists()
    weights = project.path("data/model/weight.npy").read_bytes()
    project.commit("Extend")
    project.run("dvc", "exp", "run", "-S", "init_sigma=0.1")
    assert project.path("data/model/weight.npy").read_bytes() != weights
    assert "init_sigma" in project.run("python", "-m", "tools.compare").stdout


@pytest.mark.slow
def test_a_param_that_is_named_in_params_py_alone_is_missed_elsewhere(project: Project) -> None:
    """The tests name each place in which a new param is missing."""
    (change,) = (change for name, change in CHANGES if name == "stages/common/params.py")
    apply(project, "stages/common/params.py", change)
    tests = ("-q", "-p", "no:cacheprovider", "-n", "0", "tests/test_dvc_yaml.py", "-k", "param")
    printed = project.run("python", "-m", "pytest", *tests, status=1).stdout
    for place in ("params.yaml", "dvc.yaml", "README.md", "tests/support/project.py"):
        assert f"{place} lacks init_sigma" in printed
