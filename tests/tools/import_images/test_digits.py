"""From pictures to a trained model: scikit-learn's digits through the whole pipeline."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from stages.common.idx import read_idx
from tests.support.project import PARAMS, FirstRun
from tests.support.results import STAGES, differences, results
from tests.test_pipeline import stages_run

CLASSES = (*"01234567", 'eight, or "8"', "구")  # in the order of the import
# Chosen by validation accuracy among rates of 0.1 to 1, batches of 32 and 64, and 20 to 60 epochs.
CHOSEN = {"dataset": "digits", "lr": 1.0, "batch_size": 32, "epochs": 20, "lr_schedule": "cosine"}


def logistic_regression(folder: Path) -> float:
    """Return the test accuracy of scikit-learn's model, from the imported files."""

    def images(part: str) -> np.ndarray:
        array = read_idx(folder / f"{part}-images-idx3-ubyte", ndim=3)
        return array.reshape(len(array), -1) / 255

    train_labels, test_labels = (
        read_idx(folder / f"{part}-labels-idx1-ubyte", ndim=1) for part in ("train", "t10k")
    )
    model = LogisticRegression(max_iter=1000).fit(images("train"), train_labels)
    return float(model.score(images("t10k"), test_labels))


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_digits_are_imported_and_trained_beside_another_dataset(
    first_run: FirstRun, tmp_path: Path
) -> None:
    """The digits train as well as scikit-learn does, and going back and forth runs no stage."""
    project = first_run.copy(tmp_path / "a clone")  # its dataset came from a server that is gone
    before = results(project)
    project.run("python", "docs/use/digits.py", str(tmp_path))
    pictures = tmp_path / "photos"
    for number in (8, 9):
        (pictures / str(number)).rename(pictures / CLASSES[number])
    import_digits = ("python", "-m", "tools.import_images", str(pictures))
    said = project.run(*import_digits, "--name", "digits", "--size", "8").stdout
    assert said.startswith("digits: 1500 images of 8 x 8, 1205 for training, 295 for testing\n")
    added = "?? data/datasets/digits.yaml\n?? data/local/digits.dvc\n"
    assert project.run("git", "status", "--porcelain").stdout == added

    settings = [part for name, value in CHOSEN.items() for part in ("-S", f"{name}={value}")]
    assert tuple(stages_run(project.run("dvc", "exp", "run", *settings).stdout)) == STAGES
    metrics = json.loads(project.path("metrics/evaluate.json").read_text(encoding="utf-8"))
    expected = logistic_regression(project.path("data/local/digits"))
    assert expected > 0.95
    assert abs(metrics["test_accuracy"] - expected) <= 0.01
    assert tuple(each["class"] for each in metrics["classes"]) == CLASSES
    rows = read_table(project.path("plots/predictions.csv"))
    assert {row["actual"] for row in rows} == set(CLASSES)
    digits = results(project)

    # The pictures themselves, as they were imported, are predicted as evaluate did.
    listed = read_table(project.path("data/local/digits/pictures.csv"))
    test = sorted((int(row["row"]), row["picture"]) for row in listed if row["split"] == "test")
    files = [str(pictures / name) for _, name in test]
    said = project.run("python", "-m", "tools.predict", "--format", "csv", *files).stdout
    found = [row["class"] for row in csv.DictReader(said.splitlines())]
    assert found == [row["predicted"] for row in rows]

    (project.path("data/local/digits")).rename(tmp_path / "away")
    for params, expected_results in ((PARAMS, before), (CHOSEN, digits)):
        project.set_params(**params)
        assert stages_run(project.run("dvc", "repro").stdout) == []
        assert not differences(results(project), expected_results)
