"""A pull request in temporary clones: the workflow's steps, DVC's own diffs, a conflict."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser import offline_browser
from tests.support.comment_server import comment_server, workflow_environment
from tests.support.project import ROOT, Project, link_environment

WORKFLOW = ROOT / ".github/workflows/pull-request.yml"


def steps(job: str) -> list[dict[str, Any]]:
    """Return the steps of a job of the workflow that run a command."""
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return [step for step in workflow["jobs"][job]["steps"] if "run" in step]


def fresh_clone(origin: Project, folder: Path) -> Project:
    """Return a clone, in `folder`, of a branch of `origin` that changes lr; BASE_SHA is main."""
    origin.run("dvc", "repro")
    origin.run("git", "add", "-A")
    origin.run("git", "commit", "-qm", "Run")
    origin.run("git", "switch", "-qc", "lower-lr")
    origin.set_params(lr=0.002)
    origin.run("git", "commit", "-qam", "Lower lr")
    clone = Project(folder, origin.environment)
    origin.run("git", "clone", "-q", str(origin.folder), str(clone.folder))
    link_environment(clone)
    for name, reference in (("BASE_SHA", "origin/main"), ("HEAD_SHA", "HEAD")):
        clone.environment[name] = clone.run("git", "rev-parse", reference).stdout.strip()
    clone.environment |= {
        "GITHUB_STEP_SUMMARY": str(clone.folder.parent / "summary.md"),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "owner/name",
    }
    return clone


@pytest.mark.slow
def test_pull_request_from_end_to_end(project: Project, tmp_path: Path) -> None:
    """For a branch that changes lr, the workflow reports it, and DVC's own diffs work."""
    clone = fresh_clone(project, tmp_path / "check out")
    for step in steps("report"):
        assert set(step.get("env", {})) <= set(clone.environment)
        clone.run("bash", "-e", "-c", step["run"])
    check_comment(clone)
    check_gate(clone)
    check_plots_page(clone, tmp_path)
    check_dvc_diffs(clone)


def check_comment(clone: Project) -> None:
    """The one comment shows lr, the metrics of the rerun, the gate and the pictures."""
    base = clone.environment["BASE_SHA"]
    comment = clone.path("report/report.md").read_text(encoding="utf-8")
    lines = comment.splitlines()
    assert lines[:2] == ["<!-- model-report -->", "### Model report"]
    assert lines[3].startswith(("**Better: ", "**Worse: ", "**No clear diff", "**No difference"))
    assert f"Before: `{base[:7]}`. After: `lower-lr (" in comment
    assert "with uncommitted changes" in comment  # the results that the workflow has made
    assert "| `lr` | `0.1` | `0.002` |" in lines
    assert any(
        line.startswith("| `test_loss` | ") and line.endswith("| ↑ worse |") for line in lines
    )
    passed = "- ✅ gate: `test_accuracy >= base - 0.005`: test_accuracy is "
    assert any(line.startswith(passed) for line in lines)
    picture = f"https://github.example/owner/name/raw/{base}/plots/learning_curves.png"
    # The new one is in no commit.
    assert f"| ![Learning curves]({picture}) | - |" in lines
    assert "[!WARNING]" not in comment
    assert Path(clone.environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8") == comment
    with comment_server() as server:
        job = Project(clone.folder, clone.environment | workflow_environment(server))
        for step in steps("comment") * 2:
            job.run("bash", "-e", "-c", step["run"])
        (posted,) = server.comments
    assert posted["body"].startswith(comment)


def check_gate(clone: Project) -> None:
    """A condition that holds ends with status 2 and is named; a wrong one ends with 1."""
    command = (sys.executable, "-m", "tools.report", "origin/main", "--fail-if")
    failed = clone.run(*command, "test_loss > base, test_accuracy < 0", status=2)
    assert failed.stderr.startswith("report: gate: failed: test_loss <= base: test_loss is ")
    assert failed.stderr.count("\n") == 1
    assert clone.path("report/report.md").read_text(encoding="utf-8").count("❌") == 1
    refused = clone.run(*command, "test_loss over base", status=1)
    assert refused.stderr.startswith("report: --fail-if: 'test_loss over base' is no condition")
    assert refused.stderr.count("\n") == 1
    clone.run(*command, "test_loss > base", "--nonsense", status=1)


def check_dvc_diffs(clone: Project) -> None:
    """DVC's own diffs of metrics, params and experiments work in the same clone."""
    params = clone.run("dvc", "params", "diff", "origin/main", "--md").stdout
    assert "| params.yaml | lr      | 0.1           | 0.002       |" in params
    metrics = clone.run("dvc", "metrics", "diff", "origin/main", "--md").stdout
    assert "| metrics/evaluate.json | test_loss" in metrics
    clone.run("git", "add", "-A")
    clone.run("git", "commit", "-qm", "Commit the run")
    changes = json.loads(clone.run("dvc", "exp", "diff", "origin/main", "HEAD", "--json").stdout)
    assert changes["params"]["params.yaml"]["lr"]["new"] == 0.002


def check_plots_page(clone: Project, tmp_path: Path) -> None:
    """The page of `dvc plots diff` draws each chart and picture with the network off."""
    clone.run(sys.executable, "-m", "dev.setup.plots_template")
    clone.run("dvc", "plots", "diff", "origin/main")
    plots = [
        plot
        for stage in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))[
            "stages"
        ].values()
        for plot in stage.get("plots", [])
    ]
    charts = sum(path.endswith(".csv") for plot in plots for path in plot)
    with offline_browser(tmp_path / "profile") as browser:
        browser.open(clone.path("dvc_plots/index.html"))
        marks = "[...document.querySelectorAll('.vega-embed svg.marks')]"
        script = f"return {marks}.map(chart => chart.getBoundingClientRect().width)"
        WebDriverWait(browser.driver, 60).until(
            lambda driver: len(driver.execute_script(script)) == charts
        )
        assert all(width > 100 for width in browser.driver.execute_script(script))
        assert browser.broken_pictures() == []
        assert browser.errors() == []
        browser.screenshot(tmp_path / "plots.png")


@pytest.mark.slow
def test_conflict_of_two_changed_runs_is_resolved_by_rerunning(project: Project) -> None:
    """Two branches with other params and results merge by choosing params and a rerun."""
    project.run("dvc", "repro")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Run")
    for branch, change in (("ours", {"lr": 0.02}), ("main", {"momentum": 0.5})):
        project.run("git", "switch", "-q", *(["-c"] if branch == "ours" else []), branch)
        project.set_params(**change)
        project.run("dvc", "repro")
        project.run("git", "commit", "-qam", f"Change {branch}")
    project.run("git", "switch", "-q", "ours")
    assert (
        "CONFLICT (content): Merge conflict in dvc.lock"
        in project.run("git", "merge", "main", status=1).stdout
    )
    results = project.run(
        "git", "diff", "--name-only", "--diff-filter=U", "--", "dvc.lock", "metrics", "plots"
    ).stdout.split()
    assert {"dvc.lock", "metrics/train.json"} <= set(results)
    assert "<<<<<<<" not in project.path("dvc.lock").read_text(encoding="utf-8")  # ours, whole
    project.set_params(lr=0.02, momentum=0.5)
    project.run("dvc", "repro")
    project.run("git", "commit", "-qam", "Merge main")
    assert "Data and pipelines are up to date." in project.run("dvc", "status").stdout
    assert project.run("git", "status", "--porcelain").stdout == ""
    lock = yaml.safe_load(project.path("dvc.lock").read_text(encoding="utf-8"))
    trained = lock["stages"]["train"]["params"]["params.yaml"]
    assert (trained["lr"], trained["momentum"]) == (0.02, 0.5)
