"""Stage evaluate on small models of known quality, held against scikit-learn and pandas."""

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import special
from sklearn import metrics as scikit

from stages import evaluate as stage
from stages.common.dataset import PIXEL_SCALE, DatasetInfo, Split
from stages.common.errors import DataError
from stages.common.model import Model, save_model
from stages.evaluate import check_fits, confident_mistakes, evaluate, metrics_of
from tests.support.prepared import INFO, info_of, split_of, write_shapes
from tests.support.project import ROOT, Project, clean_environment

PICTURES = ("confusion", "learning_curves", "mistakes", "reliability", "templates")


def poor_model(info: DatasetInfo = INFO) -> Model:
    """Return a model with random weights, which is mostly wrong."""
    random = np.random.default_rng(0)
    weight = random.normal(size=(len(info.classes), info.height * info.width)).astype(np.float32)
    return Model(weight, np.zeros(len(weight), np.float32), PIXEL_SCALE, info, {})


def good_model(train: Split, info: DatasetInfo = INFO) -> Model:
    """Return the least-squares fit to the training images, which is right on images like them."""
    pixels = np.column_stack(
        [train.images.reshape(len(train), -1) * PIXEL_SCALE, np.ones(len(train))]
    )
    solution = np.linalg.lstsq(pixels, 10 * np.eye(len(info.classes))[train.labels], rcond=None)[
        0
    ].astype(np.float32)
    return Model(np.ascontiguousarray(solution[:-1].T), solution[-1], PIXEL_SCALE, info, {})


def run_main(folder: Path, model: Model, *, epochs: int = 3, val: bool = True) -> dict[str, Any]:
    """Run the stage in `folder`, which holds the prepared data; return the metrics."""
    prepare(folder, model, epochs=epochs, val=val)
    stage.main()
    return json.loads((folder / "metrics/evaluate.json").read_text(encoding="utf-8"))


def prepare(folder: Path, model: Model, *, epochs: int = 3, val: bool = True) -> None:
    """Write what the stage reads beside the prepared data."""
    save_model(folder / "data/model", model)
    (folder / "plots").mkdir(exist_ok=True)
    rows = [
        f"{epoch},{1 / epoch},0.5,{f'{1 / epoch},0.4' if val else ','}"
        for epoch in range(1, epochs + 1)
    ]
    header = "epoch,train_loss,train_accuracy,val_loss,val_accuracy"
    (folder / "plots/history.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


@pytest.mark.parametrize("quality", ["poor", "good"])
def test_scores_are_scikit_learns(quality: str) -> None:
    """Accuracy, loss, macro F1 and the scores per class are scikit-learn's."""
    split = split_of(200, seed=5)
    model = poor_model() if quality == "poor" else good_model(split_of(200, seed=0))
    result = evaluate(model, split)
    logits = split.images.reshape(200, -1) / 255 @ model.weight.T.astype(np.float64) + model.bias
    predictions, probabilities = logits.argmax(axis=1), special.softmax(logits, axis=1)
    np.testing.assert_array_equal(result.predictions, predictions)
    np.testing.assert_allclose(result.probabilities, probabilities, rtol=1e-4)
    ours = metrics_of(result, INFO.classes)
    assert ours["test_accuracy"] == scikit.accuracy_score(split.labels, predictions)
    low, high = ours["test_accuracy_interval"]
    assert low < ours["test_accuracy"] <= high
    assert ours["test_loss"] == pytest.approx(
        scikit.log_loss(split.labels, probabilities), rel=1e-4
    )
    assert ours["macro_f1"] == pytest.approx(
        scikit.f1_score(split.labels, predictions, average="macro", zero_division=0)
    )
    assert [each["class"] for each in ours["classes"]] == list(INFO.classes)
    assert [each["images"] for each in ours["classes"]] == np.bincount(split.labels).tolist()


def test_confident_mistakes_come_first() -> None:
    """Of the mistakes, those with the most probable predicted class come first."""
    split = split_of(90, seed=5)
    result = evaluate(poor_model(), split)
    confidence = {
        row: result.probabilities[row, result.predictions[row]]
        for row in range(90)
        if result.predictions[row] != split.labels[row]
    }
    expected = sorted(confidence, key=lambda row: -confidence[row])
    assert len(expected) > 20
    assert confident_mistakes(result, split.labels, 20).tolist() == expected[:20]
    assert confident_mistakes(result, split.labels, 1000).tolist() == expected


def named(labels: np.ndarray) -> list[str]:
    """Return the class names of labels."""
    return [INFO.classes[label] for label in labels]


def test_tables_agree_with_the_metrics(here: Path) -> None:
    """The CSV files that `dvc plots` draws give the same figures as the metrics."""
    splits = write_shapes(here / "data/prepared")
    metrics = run_main(here, poor_model())
    predictions, per_class, bins = (
        pd.read_csv(f"plots/{name}.csv") for name in ("predictions", "per_class", "reliability")
    )
    assert predictions["actual"].tolist() == named(splits["test"].labels)
    assert predictions["digest"].tolist() == [
        blake2b(image.tobytes(), digest_size=8).hexdigest() for image in splits["test"].images
    ]
    assert (predictions["actual"] == predictions["predicted"]).mean() == pytest.approx(
        metrics["test_accuracy"], abs=1e-6
    )
    assert predictions["loss"].mean() == pytest.approx(metrics["test_loss"], abs=1e-4)
    assert per_class.to_dict("records") == [
        {key: value for key, value in row.items() if key != "images"} for row in metrics["classes"]
    ]
    assert bins["images"].sum() == len(splits["test"])
    gaps = (bins["accuracy"] - bins["confidence"]).abs() * bins["images"]
    assert gaps.sum() / len(splits["test"]) == pytest.approx(metrics["calibration_error"], abs=1e-5)


@pytest.mark.parametrize("val", [0, 30])
def test_validation_images_have_a_table_of_their_own(here: Path, val: int) -> None:
    """Each validation image has its digest and its loss; without a split there is the header."""
    split = write_shapes(here / "data/prepared", val=val)["val"]
    run_main(here, poor_model())
    table = pd.read_csv("plots/val_predictions.csv")
    assert list(table) == list(pd.read_csv("plots/predictions.csv"))
    assert table["actual_label"].tolist() == split.labels.tolist()
    assert table["digest"].tolist() == [
        blake2b(image.tobytes(), digest_size=8).hexdigest() for image in split.images
    ]
    if val:
        expected = evaluate(poor_model(), split)
        assert table["predicted_label"].tolist() == expected.predictions.tolist()
        assert table["loss"].mean() == pytest.approx(expected.loss, abs=1e-4)


HOSTILE_RC = "font.size: 20\ntext.antialiased: False\npath.simplify: False\nsavefig.dpi: 30\n"


def test_the_environment_does_not_change_a_byte(here: Path) -> None:
    """Threads, a backend and a matplotlibrc that a user has set leave all files the same."""
    write_shapes(here / "data/prepared")
    prepare(here, poor_model())
    (here / "matplotlibrc").write_text(HOSTILE_RC, encoding="utf-8")
    hostile = {
        "MATPLOTLIBRC": str(here / "matplotlibrc"),
        "MPLBACKEND": "TkAgg",
        "OPENBLAS_NUM_THREADS": "3",
        "OMP_NUM_THREADS": "3",
    }
    # As `python -m stages.evaluate`, and then the number of threads.
    run = "import runpy, os; runpy.run_module('stages.evaluate', run_name='__main__'); "
    written = []
    for more in ({}, hostile):
        project = Project(here, clean_environment() | {"PYTHONPATH": str(ROOT)} | more)
        done = project.run("python", "-c", f"{run} print(len(os.listdir('/proc/self/task')))")
        assert done.stdout.endswith("\n1\n")
        written.append({path: path.read_bytes() for path in sorted(here.glob("[mp]*/*"))})
    assert written[0] == written[1]
    assert len(written[0]) == 11


CASES: dict[str, tuple[DatasetInfo, dict[str, Any]]] = {
    "ten classes, wide images": (info_of(10, (4, 9)), {}),
    "two classes, tall images, one epoch, no validation": (
        info_of(2, (9, 4)),
        {"epochs": 1, "val": False},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_works_for_any_dataset_and_run(
    here: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any number of classes and any image shape gives all pictures, figures and the accuracy."""
    info, options = CASES[case]
    write_shapes(here / "data/prepared", info=info)
    metrics = run_main(here, poor_model(info), **options)
    said = capsys.readouterr().out
    assert said.startswith(f"test accuracy {metrics['test_accuracy']:.4f} (95% interval 0.")
    for name in PICTURES:
        with Image.open(f"plots/{name}.png") as image:
            assert image.convert("L").getextrema() == (0, 255)


def test_a_model_without_mistakes(here: Path) -> None:
    """A model without mistakes has accuracy 1, an interval that ends at 1, and an empty gallery."""
    splits = write_shapes(here / "data/prepared")
    metrics = run_main(here, good_model(splits["train"]))
    assert (metrics["test_accuracy"], metrics["macro_f1"]) == (1, 1)
    low, high = metrics["test_accuracy_interval"]
    assert low < 1 == high
    with Image.open("plots/mistakes.png") as image:
        assert image.size


@pytest.mark.parametrize("other", [info_of(3), info_of(2), info_of(3, (5, 6))])
def test_a_model_of_another_dataset_is_refused(other: DatasetInfo) -> None:
    """A model of other classes or another image shape is an error that names both."""
    with pytest.raises(
        DataError,
        match=r"^data/model: a model of shapes .*; data/prepared holds shapes .*`dvc repro`$",
    ):
        check_fits(poor_model(other), INFO)
    check_fits(poor_model(), INFO)
