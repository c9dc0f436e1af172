"""Tests of `predict --labelled`: how good the model is on pictures whose classes are known."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.common.dataset import load_info
from stages.common.errors import DataError
from stages.common.scoring import wilson_interval
from tests.support.browser import offline_browser
from tests.support.linear import nearest_mean
from tests.support.prepared import INFO, split_of
from tests.support.project import Project
from tools.predict.judged import comparison, mistakes
from tools.predict.judging import Accuracy, Evaluated, difference, judge
from tools.predict.labelled import find_labelled, label_of
from tools.predict.predicting import predict

CLASSES = ("T-shirt/top", "Ankle boot", "Café", "a-b", "ab", "%")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        *[("T-shirt top", 0), ("tshirt_top", 0), ("t-shirt:TOP", 0), (" ankle  BOOT ", 1)],
        *[("CAFE\u0301", 2), ("a-B", 3), ("ab", 4), ("%", 5)],
        *[("a b", None), ("boot", None), ("", None), ("100%", None)],  # `a b` may be two
    ],
)
def test_a_folder_is_named_like_a_class(name: str, wanted: int | None) -> None:
    """Case, spacing, forms of Unicode and signs are forgiven where one class is meant."""
    assert label_of(name, CLASSES) == wanted


def test_the_difference_of_accuracies_has_newcombe_s_interval() -> None:
    """The values are those of the paper's table II, and symmetric."""
    for one, other, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ):
        found = difference(Accuracy(*one), Accuracy(*other))
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
        assert found.is_signal
        turned = difference(Accuracy(*other), Accuracy(*one))
        assert (-turned.high, -turned.low) == pytest.approx((found.low, found.high))
    assert not difference(Accuracy(5, 10), Accuracy(4, 10)).is_signal


def write_labelled(folder: Path, images: np.ndarray, labels: np.ndarray, *names: str) -> None:
    """Write images as PNG files into a folder for each class."""
    for row, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = folder / names[label] / f"{row:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)


def test_labelled_pictures_are_judged_as_evaluate_judges(
    reproduced: Project, tmp_path: Path
) -> None:
    """On the test images themselves the accuracy is evaluate's, and so is each prediction."""
    project = reproduced
    metrics = json.loads(project.path("metrics/evaluate.json").read_text(encoding="utf-8"))
    images = np.load(project.path("data/prepared/test_images.npy"))
    labels = np.load(project.path("data/prepared/test_labels.npy"))
    names = [f" {name.upper()}" for name in load_info(project.path("data/prepared")).classes]
    write_labelled(project.path("photos"), images, labels, *names)
    command = ("python", "-m", "tools.predict", "--labelled", "photos")
    found = json.loads(project.run(*command, "--format", "json").stdout)
    with project.path("plots/predictions.csv").open(newline="", encoding="utf-8") as file:
        wanted = {row: each["predicted"] for row, each in enumerate(csv.DictReader(file))}
    got = {int(Path(each["picture"]).stem): each["class"] for each in found["predictions"]}
    assert got == wanted
    assert found["accuracy"] == metrics["test_accuracy"] == found["test"]["accuracy"]
    assert found["interval"] == metrics["test_accuracy_interval"]
    assert found["difference"]["accuracy"] == 0
    assert not found["difference"]["more_than_chance"]
    assert np.trace(found["confusion"]) == found["right"]
    printed = project.run(*command).stdout.splitlines()
    assert printed[0].startswith(f"{found['right']} of {len(images)} labelled pictures are")
    assert "which chance can explain" in printed[2]
    assert len(printed) == 6 + len(names)
    assert printed[-1] == "worst mistakes, and why: report/labelled.html"
    with offline_browser(tmp_path / "profile") as browser:
        browser.open(project.path("report/labelled.html"))
        assert browser.broken_pictures() == browser.errors() == browser.violations() == []

    lock = project.path("dvc.lock")
    text = lock.read_text(encoding="utf-8")
    trained = text[text.rindex("path: data/model") :].split("md5: ")[1].splitlines()[0]
    head, evaluate = text.split("  evaluate:")
    lock.write_text(f"{head}  evaluate:{evaluate.replace(trained, '0' * 32)}", encoding="utf-8")
    assert "metrics/evaluate.json is of another model" in project.run(*command).stdout


def test_the_worst_mistakes_and_the_mix_of_classes_are_named(tmp_path: Path) -> None:
    """The least probable true class comes first; a mix of classes that matters is said."""
    model = nearest_mean(split_of(200, seed=0), INFO)
    test = split_of(40, seed=1)
    labels = np.where(np.arange(40) % 4 == 0, (test.labels + 1) % len(INFO.classes), test.labels)
    write_labelled(tmp_path / "photos", test.images, labels, *INFO.classes)
    labelled = find_labelled(tmp_path / "photos", INFO.classes)
    predictions = predict(labelled.found, model, steps="whole").images
    judgement = judge(predictions, labelled.labels, model, tmp_path)
    given = [predictions[row].probabilities[judgement.labels[row]] for row in judgement.mistakes]
    assert given == sorted(given)
    assert len(given) == len(labels) - judgement.accuracy.right >= 10
    first = predictions[judgement.mistakes[0]].path.relative_to(tmp_path)
    assert str(first) in str(mistakes(judgement, INFO.classes, 3).rows[0][0])
    assert "no test accuracy to compare with" in comparison(judgement)[0]
    recall = np.linspace(0, 1, len(INFO.classes))
    scored = replace(judgement, test=Evaluated(Accuracy(990, 1000), recall))
    counts = np.bincount(judgement.labels, minlength=len(recall))
    assert scored.same_mix == pytest.approx((counts * recall).sum() / counts.sum())
    said = " ".join(comparison(scored))
    low, high = wilson_interval(990, 1000)
    assert f"On 1,000 test images it is 99.0% (95% interval {low:.1%} to {high:.1%})." in said
    assert "points lower" in said
    assert ", more than chance explains." in said
    assert f"mix of classes would give {scored.same_mix:.1%}." in said


def test_what_is_in_no_class_is_left_out(tmp_path: Path) -> None:
    """Loose files, unknown and system folders are named; without a class it is an error."""
    photos = tmp_path / "photos"
    write_labelled(photos, np.zeros((3, 6, 5), np.uint8), np.arange(3), *INFO.classes)
    (photos / "loose.png").touch()
    (photos / "hats/more").mkdir(parents=True)
    (photos / "hats/more/1.png").touch()
    (photos / "@eaDir").mkdir()
    found = find_labelled(photos, INFO.classes)
    assert sorted(found.labels.values()) == [0, 1, 2]
    assert found.found.left_out == {
        photos / "hats": "no class has this name; files in it: 1",
        photos / "loose.png": "in no class's folder",
    }
    assert found.found.ignored == [photos / "@eaDir"]
    assert found.notes == [f"the classes are {', '.join(INFO.classes)}"]
    with pytest.raises(DataError, match="hats: no picture in a folder that is named like a class"):
        find_labelled(photos / "hats", INFO.classes)
    with pytest.raises(DataError, match="nowhere: there is no such folder"):
        find_labelled(photos / "nowhere", INFO.classes)
