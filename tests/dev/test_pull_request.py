"""Pull requests in temporary clones: the steps of the workflows, DVC's own diffs, a release."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser import offline_browser
from tests.support.comment_server import comment_server, workflow_environment
from tests.support.imported import add_import
from tests.support.project import ROOT, FirstRun, Project, link_environment

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WORKFLOWS = ROOT / ".github/workflows"
RESULTS = ("dvc.lock", "metrics", "plots")
VERIFIED = "✅ Committed results are what a rerun gives."


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    """Return the steps of a job of a workflow that run a command."""
    content = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text(encoding="utf-8"))
    return [step for step in content["jobs"][job]["steps"] if "run" in step]


@pytest.fixture
def origin(first_run: FirstRun, tmp_path: Path) -> Project:
    """Return a repository whose main has results, on a new branch `change`."""
    origin = first_run.copy(tmp_path / "origin")
    origin.run("git", "switch", "-qc", "change")
    return origin


def merged(origin: Project, folder: Path) -> Project:
    """Return a checkout of what GitHub makes of a pull request: the merge of `change` into main.

    DVC's cache is restored there, as the workflow does.
    """
    clone = Project(folder, origin.environment)
    origin.run("git", "clone", "-qb", "main", str(origin.folder), str(folder))
    head = clone.run("git", "rev-parse", "origin/change").stdout.strip()
    clone.run("git", "merge", "-q", "--no-ff", "-m", "Merge change into main", head)
    clone.run("git", "switch", "-q", "--detach")
    shutil.copytree(origin.path(".dvc/cache"), clone.path(".dvc/cache"))
    link_environment(clone, "remotes")
    clone.environment |= {
        "HEAD_SHA": head,
        "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"),
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "owner/name",
    }
    return clone


def walk(clone: Project) -> tuple[list[str], str]:
    """Type the steps of both jobs as the workflow does; return those that fail, and the comment."""
    failed: list[str] = []
    for step in steps("pull-request", "report"):
        condition = step.get("if", "success()")
        if failed and "!cancelled()" not in condition:
            continue
        if "hashFiles('data/local" in condition and not any(clone.path("data/local").glob("*.dvc")):
            continue
        done = clone.run("bash", "-e", "-c", step["run"], status=None)
        failed += [step["run"].split()[1]] if done.returncode else []
    with comment_server() as server:
        job = Project(clone.folder, clone.environment | workflow_environment(server))
        for step in steps("pull-request", "comment") * 2:
            job.run("bash", "-e", "-c", step["run"])
        (posted,) = server.comments
    summary = Path(clone.environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    assert all(line in posted["body"] for line in summary.splitlines())
    return failed, posted["body"]


def run_with(project: Project, **params: object) -> None:
    """Run the pipeline with other params, and commit its results."""
    project.set_params(**params)
    project.run("dvc", "repro", "-q")
    project.commit(f"Set {params}")


@pytest.mark.slow
def test_results_that_are_committed_pass(origin: Project, tmp_path: Path) -> None:
    """Params with their results are reported and verified, and DVC's own diffs work."""
    run_with(origin, lr=0.002)
    clone = merged(origin, tmp_path / "check out")
    failed, comment = walk(clone)
    lines = comment.splitlines()
    assert lines[1] == VERIFIED
    assert failed == ["report"]  # by the gate: a lower rate makes the loss worse
    base = clone.run("git", "rev-parse", "HEAD^1").stdout.strip()
    assert f"Before: `HEAD^1 ({base[:7]})`." in comment
    assert "| `lr` | `0.1` | `0.002` |" in lines
    sides = (base, clone.environment["HEAD_SHA"])
    raw, name = "https://github.example/owner/name/raw", "plots/learning_curves.png"
    pictures = [f"![Learning curves]({raw}/{side}/{name})" for side in sides]
    assert f"| {pictures[0]} | {pictures[1]} |" in lines
    check_gate(clone)
    check_plots_page(clone, tmp_path)
    check_dvc_diffs(clone)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["only params", "another branch", "docs", "careless", "careful"])
def test_each_kind_of_change_gets_its_line(origin: Project, tmp_path: Path, case: str) -> None:
    """What a rerun gives passes, whatever it is; else the line names what is wrong."""
    if case == "only params":
        origin.set_params(epochs=12)
        origin.commit("Train longer")
    elif case == "another branch":
        origin.run("git", "switch", "-qc", "another")
        run_with(origin, epochs=14)
        origin.run("git", "switch", "-q", "change")
        origin.set_params(epochs=12)
        origin.run("git", "checkout", "-q", "another", "--", *RESULTS)
        origin.commit("Train longer")
    elif case == "docs":
        origin.path("README.md").write_text("Other words.\n", encoding="utf-8")
        origin.commit("Other words")
    else:
        merge_main(origin, careful=case == "careful")
    failed, comment = walk(merged(origin, tmp_path / "check out"))
    line = comment.splitlines()[1]
    stale = {"only params": "epochs", "another branch": "epochs", "careless": "momentum"}
    if case in stale:
        assert "verify" in failed
        assert line.startswith(f"❌ Stale: {stale[case]} changed since the results were made")
    else:
        assert (failed, line) == ([], VERIFIED)


@pytest.mark.slow
def test_an_imported_dataset_comes_from_the_remote(origin: Project, tmp_path: Path) -> None:
    """Its results are verified where only the remote has it; without the remote a line says so."""
    add_import(origin)
    run_with(origin, dataset="birds")
    clone = merged(origin, tmp_path / "check out")
    shutil.rmtree(clone.path(".dvc/cache"))
    failed, comment = walk(clone)
    assert comment.splitlines()[1] == VERIFIED
    assert "imported" not in failed
    shutil.rmtree(clone.path("data/local/birds"))
    shutil.rmtree(clone.path(".dvc/cache"))
    (tmp_path / "remote").rename(tmp_path / "moved")
    step, *_ = steps("pull-request", "report")
    refused = clone.run("bash", "-e", "-c", step["run"], status=1).stderr
    assert refused.startswith("imported: data/local/birds: not in this clone, and the remote ")
    assert refused.count("\n") == 1


def merge_main(origin: Project, *, careful: bool) -> None:
    """Let both branches change their results, and merge main as CONTRIBUTING says, or carelessly.

    Their params are on lines of their own, so git merges them without a word. The values are longer
    than those before: in the index that DVC writes, git misses a change that keeps a file's size.
    """
    run_with(origin, epochs=12)
    origin.run("git", "switch", "-q", "main")
    run_with(origin, momentum=0.25)
    origin.run("git", "switch", "-q", "change")
    conflict = origin.run("git", "merge", "main", status=1).stdout
    assert "CONFLICT (content): Merge conflict in dvc.lock" in conflict
    assert "<<<<<<<" not in origin.path("dvc.lock").read_text(encoding="utf-8")  # ours, whole
    if careful:
        origin.run("dvc", "repro")
    else:
        origin.run("git", "checkout", "--ours", *RESULTS)
    origin.commit("Merge main")


@pytest.mark.slow
def test_a_release_is_exported(origin: Project, tmp_path: Path) -> None:
    """The steps of a release leave the model, its card and the playground, of a clean commit."""
    clone = merged(origin, tmp_path / "check out")
    shutil.copy(clone.path("requirements/export.lock"), clone.path(".venv/installed"))
    version = tomllib.loads(clone.path("pyproject.toml").read_text(encoding="utf-8"))
    clone.environment["GITHUB_REF_NAME"] = f"v{version['project']['version']}"
    for step in steps("release", "export"):
        if "data/local" not in step.get("if", ""):
            clone.run("bash", "-e", "-c", step["run"])
    names = {path.name for path in clone.path("export").iterdir()}
    assert names == {"model.onnx", "README.md", "index.html"}
    clone.path("README.md").write_text("Changed.\n", encoding="utf-8")
    refused = clone.run("make", "export", "RELEASE=1", status=2)
    assert "export: refused: " in refused.stderr


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
        assert browser.violations() == []
        browser.screenshot(tmp_path / "plots.png")
