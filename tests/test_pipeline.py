"""The real DAG, run by real dvc in temporary clones without a DVC remote, on a small dataset from a web server."""

import json
import re
import subprocess
from pathlib import Path

from tests.support.project import FirstRun, Project

STAGES = ("download", "preprocess", "train", "evaluate")


def stages_run(stdout: str) -> list[str]:
    """Return the stages that DVC says it ran, in order."""
    return re.findall(r"^Running stage '(\w+)':", stdout, re.MULTILINE)


def results(project: Project) -> dict[str, bytes]:
    """Return the bytes of dvc.lock and of every output, by path."""
    folders = [
        project.path(name)
        for name in ("data/raw", "data/prepared", "data/model", "metrics", "plots")
    ]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(project.folder)): path.read_bytes()
        for path in [project.path("dvc.lock"), *files]
    }


def test_repro_runs_all_stages_and_then_none(first_run: FirstRun, reproduced: Project) -> None:
    """`dvc repro` runs the four stages and ends with the accuracy; a second one finds nothing to do."""
    assert tuple(stages_run(first_run.stdout)) == STAGES
    assert f"shapes: 4 files, verified, from {first_run.source}" in first_run.stdout
    assert re.search(
        r"^test accuracy [01]\.\d{4} \(95% interval 0\.\d{4} to [01]\.\d{4}\), loss",
        first_run.stdout,
        re.MULTILINE,
    )
    assert "Data and pipelines are up to date." in reproduced.run("dvc", "repro").stdout
    assert reproduced.run("git", "status", "--porcelain").stdout == ""


def test_two_clean_runs_give_the_same_bytes(first_run: FirstRun, tmp_path: Path) -> None:
    """A fresh clone with no cache, its dataset from a directory, comes to the same dvc.lock and outputs, byte for byte."""
    clone = Project(tmp_path / "second", first_run.project.environment)
    subprocess.run(["git", "clone", "-q", first_run.project.folder, clone.folder], check=True)
    clone.run("git", "rm", "-rq", "dvc.lock", "metrics", "plots")
    assert tuple(stages_run(clone.run("dvc", "repro").stdout)) == STAGES
    first, second = results(first_run.project), results(clone)
    assert len(first) > 20
    assert first == second


def test_vary_compare_and_come_back(reproduced: Project) -> None:
    """An experiment reruns train and evaluate, its diffs show what changed, and going back trains nothing again."""
    before = results(reproduced)
    varied = reproduced.run("dvc", "exp", "run", "-n", "faster", "-S", "lr=0.2").stdout
    assert stages_run(varied) == ["train", "evaluate"]
    assert results(reproduced)["data/model/weight.npy"] != before["data/model/weight.npy"]

    params = json.loads(reproduced.run("dvc", "params", "diff", "main", "--json").stdout)
    assert params == {"params.yaml": {"lr": {"old": 0.1, "new": 0.2, "diff": 0.1}}}
    metrics = json.loads(reproduced.run("dvc", "metrics", "diff", "main", "--json").stdout)
    assert set(metrics) == {"metrics/train.json", "metrics/evaluate.json"}
    loss = metrics["metrics/train.json"]["train_loss"]
    assert loss["old"] == json.loads(before["metrics/train.json"])["train_loss"]
    assert (
        loss["new"]
        == json.loads(reproduced.path("metrics/train.json").read_text())["train_loss"]
        < loss["old"]
    )
    shown = reproduced.run("dvc", "exp", "show", "--csv").stdout
    assert re.search(r"^faster,.*,0\.2,", shown, re.MULTILINE)
    reproduced.run("dvc", "plots", "diff", "main")
    page = reproduced.path("dvc_plots/index.html").read_text()
    assert "workspace" in page
    assert "main" in page
    assert "Learning curves" in page

    back = reproduced.run("dvc", "exp", "run", "-S", "lr=0.1").stdout
    assert stages_run(back) == []
    assert "Stage 'train' is cached - skipping run" in back
    assert results(reproduced) == before


def test_the_results_can_be_looked_at(reproduced: Project) -> None:
    """`dvc dag`, `metrics show`, `plots show` and `exp show` show the stages, the figures and the pictures."""
    dag = reproduced.run("dvc", "dag").stdout
    assert re.findall(r"\| (\w+) \|", dag) == list(STAGES)
    metrics = reproduced.run("dvc", "metrics", "show").stdout
    for name in (
        "test_accuracy",
        "test_accuracy_low",
        "macro_f1",
        "val_loss",
        "duplicates_of_train_in_test",
    ):
        assert name in metrics
    reproduced.run("dvc", "plots", "show")
    page = reproduced.path("dvc_plots/index.html").read_text()
    for title in (
        "Learning curves",
        "Confusion matrix, test split",
        "F1 per class, test split",
        "Reliability, test split",
    ):
        assert title in page
    pictures = {
        path.name.rpartition("_")[2] for path in reproduced.path("dvc_plots/static").iterdir()
    }
    assert {"confusion.png", "templates.png", "mistakes.png", "reliability.png"} <= pictures
    assert "test_accuracy" in reproduced.run("dvc", "exp", "show").stdout


def test_failures_leave_the_last_good_run_in_the_cache(reproduced: Project) -> None:
    """A param that is not allowed and a rate that is too high end in one line each, and the good outputs can be had back."""
    before = results(reproduced)
    for values, message in (
        (
            {"epochs": -1},
            r"train: params.yaml: epochs: -1 is not allowed; it must be a whole number from 1 to 100000",
        ),
        (
            {"epochs": 40, "lr": 100, "weight_decay": 10},
            r"train: the loss is \w+ after epoch \d+: lr 100 is too high; try 10",
        ),
    ):
        reproduced.set_params(**values)
        failed = reproduced.run("dvc", "repro", status=None)
        assert failed.returncode != 0
        assert re.search(rf"^{message}$", failed.stderr, re.MULTILINE)
        assert "Traceback" not in failed.stderr
        assert not reproduced.path("data/model").exists()
        reproduced.run("git", "checkout", "--", ".")
        reproduced.run("dvc", "checkout")
        assert results(reproduced) == before
    assert "Data and pipelines are up to date." in reproduced.run("dvc", "repro").stdout
