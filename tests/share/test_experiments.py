"""What docs/share.md says about experiments: sent by one clone, compared and taken by another."""

import json
from pathlib import Path

import pytest

from tests.support.project import Project, link_environment
from tests.support.sharing import colleague, documented, type_in


@pytest.mark.slow
def test_an_experiment_to_a_colleague(team: Project, tmp_path: Path) -> None:
    """An experiment that was pushed is listed, pulled, compared and applied by a colleague."""
    clone = colleague(team, tmp_path / "b")
    link_environment(clone)  # for make compare
    said = type_in(clone, documented("An experiment to a colleague", 1))
    assert "\tfaster\n" in said
    table = clone.path("report/compare/table.md").read_text(encoding="utf-8")
    assert "faster" in table
    sent = clone.run("git", "for-each-ref", "--format=%(refname)", "refs/exps").stdout.split()
    (experiment,) = (name for name in sent if name.endswith("/faster"))
    assert clone.run("git", "diff", experiment).stdout == ""
    assert "Running stage" not in said
    assert said.endswith("Data and pipelines are up to date.\n")
    pulled = clone.path("data/model/model.json").read_text(encoding="utf-8")
    assert json.loads(pulled)["params"]["lr"] == 0.2
