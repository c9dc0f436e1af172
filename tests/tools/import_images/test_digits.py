"""From pictures to a trained model: scikit-learn's digits through the whole pipeline."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from stages.common.idx import read_idx
from tests.support.project import PARAMS, FirstRun
from tests.support.results import STAGES, differences, results
from tests.test_pipeline import stages_run

CLASSES = (*"01234567", 'eight, or "8"', "구")  # in the order of the import
# Chosen by validation accuracy among rates of 0.1 to 1, batches of 32 and 64, and 20 to 60 epochs.
CHOSEN = {"dataset": "digits", "lr": 1.0, "batch_size": 32, "epochs": 20, "lr_schedule": "cosine"}


def write_digits(folder: Path) -> None:
    """Write scikit-learn's 1,797 digits as PNG files of 8 x 8, in a folder for each class."""
    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        (folder / CLASSES[label]).mkdir(parents=True, exist_ok=True)
        grey = (image * 15).astype(np.uint8)  # 0 to 16 becomes 0 to 240
        Image.fromarray(grey).save(folder / CLASSES[label] / f"{number}.png")


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
    write_digits(tmp_path / "digits")
    import_digits = ("python", "-m", "tools.import_images", str(tmp_path / "digits"))
    said = project.run(*import_digits, "--name", "digits", "--size", "8").stdout
    assert "digits: 10 classes, 1797 images of 8 x 8: 1438 for training, 359 for testing\n" in said
    assert project.run("git", "status", "--porcelain").stdout == "?? data/datasets/digits.yaml\n"

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
    files = [str(tmp_path / "digits" / name) for _, name in test]
    said = project.run("python", "-m", "tools.predict", "--format", "csv", *files).stdout
    found = [row["class"] for row in csv.DictReader(said.splitlines())]
    assert found == [row["predicted"] for row in rows]

    (project.path("data/local/digits")).rename(tmp_path / "away")
    for params, expected_results in ((PARAMS, before), (CHOSEN, digits)):
        project.set_params(**params)
        assert stages_run(project.run("dvc", "repro").stdout) == []
        assert not differences(results(project), expected_results)
