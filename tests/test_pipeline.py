"""The real DAG, run by real dvc in temporary clones, on a small dataset from a web server."""

import json
import re
from pathlib import Path

import pytest

from tests.support.project import FirstRun, Project, git, new_project
from tests.support.results import STAGES, differences, results
from tests.support.synthetic import idx_files
from tests.support.usage import measure


def stages_run(stdout: str) -> list[str]:
    """Return the stages that DVC says it ran, in order."""
    return re.findall(r"^Running stage '(\w+)':", stdout, re.MULTILINE)


def test_repro_runs_all_stages_and_then_none(first_run: FirstRun, reproduced: Project) -> None:
    """`dvc repro` runs the four stages and ends with the accuracy; a second one runs none."""
    said = first_run.stdout
    assert tuple(stages_run(said)) == STAGES
    assert f"shapes: 4 files, verified, from {first_run.source}" in said
    accuracy = r"^test accuracy [01]\.\d{4} \(95% interval 0\.\d{4} to [01]\.\d{4}\), loss"
    assert re.search(accuracy, said, re.MULTILINE)
    assert "Data and pipelines are up to date." in reproduced.run("dvc", "repro").stdout
    assert reproduced.run("git", "status", "--porcelain").stdout == ""


def test_two_clean_runs_give_the_same_bytes(first_run: FirstRun, tmp_path: Path) -> None:
    """A fresh clone without a cache, its dataset from a directory, gives the same bytes."""
    git(tmp_path, "clone", "-q", str(first_run.project.folder), "second")
    clone = Project(tmp_path / "second", first_run.project.environment)
    clone.run("git", "rm", "-rq", "dvc.lock", "metrics", "plots")
    assert tuple(stages_run(clone.run("dvc", "repro").stdout)) == STAGES
    assert len(results(clone)) > 20
    assert not differences(results(clone), results(first_run.project))


def test_vary_compare_and_come_back(reproduced: Project) -> None:
    """An experiment trains anew, its diffs show what changed, and going back trains nothing."""
    before = results(reproduced)
    varied = reproduced.run("dvc", "exp", "run", "-n", "faster", "-S", "lr=0.2").stdout
    assert stages_run(varied) == ["train", "evaluate"]
    after = results(reproduced)
    assert after["data/model/weight.npy"] != before["data/model/weight.npy"]

    params = json.loads(reproduced.run("dvc", "params", "diff", "main", "--json").stdout)
    assert params == {"params.yaml": {"lr": {"old": 0.1, "new": 0.2, "diff": 0.1}}}
    metrics = json.loads(reproduced.run("dvc", "metrics", "diff", "main", "--json").stdout)
    assert set(metrics) == {"metrics/train.json", "metrics/evaluate.json"}
    loss = metrics["metrics/train.json"]["train_loss"]
    old, new = (json.loads(files["metrics/train.json"]) for files in (before, after))
    assert (loss["old"], loss["new"]) == (old["train_loss"], new["train_loss"])
    assert loss["new"] < loss["old"]
    shown = reproduced.run("dvc", "exp", "show", "--csv").stdout
    assert re.search(r"^faster,.*,0\.2,", shown, re.MULTILINE)
    reproduced.run("dvc", "plots", "diff", "main")
    page = reproduced.path("dvc_plots/index.html").read_text(encoding="utf-8")
    assert all(words in page for words in ("workspace", "main", "Learning curves"))

    back = reproduced.run("dvc", "exp", "run", "-S", "lr=0.1").stdout
    assert stages_run(back) == []
    assert "Stage 'train' is cached - skipping run" in back
    assert not differences(results(reproduced), before)


@pytest.mark.slow
def test_256_classes_take_little_memory(tmp_path: Path) -> None:
    """With as many classes as a label's byte can name no stage takes more than 600 MB."""
    files = idx_files(train=2048, test=512, shape=(28, 28), classes=256)
    names = [f"class {number}" for number in range(256)]
    project = new_project(tmp_path / "clone", files=files, classes=names)
    for stage in STAGES:
        command = ("python", "-m", f"stages.{stage}")
        used = measure(*command, folder=project.folder, environment=project.environment)
        assert used.peak < 600, stage


def test_the_results_can_be_looked_at(reproduced: Project) -> None:
    """`dvc dag`, `metrics show`, `plots show` and `exp show` show stages, figures and pictures."""
    dag = reproduced.run("dvc", "dag").stdout
    assert re.findall(r"\| (\w+) \|", dag) == list(STAGES)
    metrics = reproduced.run("dvc", "metrics", "show").stdout
    for name in ("test_accuracy", "macro_f1", "val_loss", "train_images"):
        assert name in metrics
    reproduced.run("dvc", "plots", "show")
    page = reproduced.path("dvc_plots/index.html").read_text(encoding="utf-8")
    titles = ("Learning curves", "Confusion matrix", "F1 per class", "Reliability")
    assert all(title in page for title in titles)
    drawn = reproduced.path("dvc_plots/static").iterdir()
    pictures = {path.name.rpartition("_")[2] for path in drawn}
    assert {"confusion.png", "templates.png", "mistakes.png", "reliability.png"} <= pictures
    assert "test_accuracy" in reproduced.run("dvc", "exp", "show").stdout


def test_a_failure_leaves_the_last_good_run_in_the_cache(reproduced: Project) -> None:
    """A refused run ends in a line for each fault; git and DVC restore the last good results."""
    before = results(reproduced)
    failed = reproduced.run("dvc", "exp", "run", "-S", "lr=abc", "-S", "epochs=-1", status=None)
    assert failed.returncode != 0
    message = (
        "\ntrain: params.yaml: epochs: -1 is not allowed; "
        "it must be a whole number from 1 to 100000"
        "\nparams.yaml: lr: 'abc' is not allowed; it must be a number above 0 and at most 100\n"
    )
    assert message in f"\n{failed.stderr}"
    assert "Traceback" not in failed.stderr
    assert not reproduced.path("data/model").exists()
    reproduced.run("git", "checkout", "--", ".")
    reproduced.run("dvc", "checkout")
    assert not differences(results(reproduced), before)
    assert "Data and pipelines are up to date." in reproduced.run("dvc", "repro").stdout
