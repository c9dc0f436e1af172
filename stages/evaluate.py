"""Stage evaluate: the trained model on the test split, in numbers and pictures.

N images of H x W pixels, K classes.
"""

import gc
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # Before NumPy loads OpenBLAS, whose other threads would spin while they wait.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Imports make many objects and few cycles: to look for those takes a tenth of the time.
    gc.disable()

import numpy as np

from stages.common import charts, scoring
from stages.common.dataset import (
    PREPARED,
    DatasetInfo,
    Split,
    image_digests,
    load_info,
    load_split,
)
from stages.common.errors import DataError, run_stage
from stages.common.figures import check_fonts
from stages.common.files import write_csv, write_metrics
from stages.common.history import HISTORY, read_history
from stages.common.model import MODEL, Model, load_model

PLOTS, METRICS = Path("plots"), Path("metrics/evaluate.json")
GALLERY = 18  # mistakes shown


@dataclass(frozen=True)
class Evaluation:
    """What a model does on a split."""

    probabilities: np.ndarray  # [N, K] float64
    predictions: np.ndarray  # [N] int64
    accuracy: float
    interval: tuple[float, float]  # 95%, Wilson
    losses: np.ndarray  # [N] float64, cross-entropy in nats
    loss: float  # their mean
    confusion: np.ndarray  # [K, K] int64, rows are the true classes
    per_class: scoring.ClassScores
    reliability: scoring.Calibration


def evaluate(model: Model, split: Split) -> Evaluation:
    """Score `model` on `split`."""
    logits = model.logits(split.images)
    log_probabilities = scoring.log_softmax(logits)
    predictions = logits.argmax(axis=1)
    correct = predictions == split.labels
    losses = scoring.cross_entropy(log_probabilities, split.labels)
    confusion = scoring.confusion_matrix(split.labels, predictions, len(model.info.classes))
    probabilities = np.exp(log_probabilities)
    return Evaluation(
        probabilities=probabilities,
        predictions=predictions,
        accuracy=float(correct.mean()),
        interval=scoring.wilson_interval(int(correct.sum()), len(correct)),
        losses=losses,
        loss=float(losses.mean()),
        confusion=confusion,
        per_class=scoring.class_scores(confusion),
        reliability=scoring.calibration(probabilities.max(axis=1), correct),
    )


def check_fits(model: Model, info: DatasetInfo) -> None:
    """Raise DataError when `model` was trained on another dataset than `info` describes."""
    if model.info == info:
        return
    trained, prepared = (
        f"{each.dataset} {each.shape} with {len(each.classes)} classes"
        for each in (model.info, info)
    )
    raise DataError(f"{MODEL}: a model of {trained}; {PREPARED} holds {prepared}; run `dvc repro`")


def confident_mistakes(result: Evaluation, labels: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of `count` mistakes, those with the most probable prediction first."""
    wrong = np.flatnonzero(result.predictions != labels)
    confidence = result.probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")[:count]]


def class_rows(result: Evaluation, classes: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Return class, precision, recall, F1 and number of images, a row a class."""
    scores = result.per_class
    columns = (classes, scores.precision, scores.recall, scores.f1, scores.support.tolist())
    return list(zip(*columns, strict=True))


def metrics_of(result: Evaluation, classes: tuple[str, ...]) -> dict[str, Any]:
    """Return the content of metrics/evaluate.json."""
    columns = ("class", "precision", "recall", "f1", "images")
    return {
        "test_accuracy": result.accuracy,
        "test_loss": result.loss,
        "macro_f1": float(result.per_class.f1.mean()),
        "calibration_error": result.reliability.error,
        "test_accuracy_interval": result.interval,
        "classes": [dict(zip(columns, row, strict=True)) for row in class_rows(result, classes)],
    }


def write_predictions(
    path: Path, split: Split, result: Evaluation | None, classes: tuple[str, ...]
) -> None:
    """Write what `result` says of each image, so that two runs can be compared on it.

    Without a result, for a split without images, the table is empty.
    """
    rows = []
    if result:
        labels, guesses = split.labels.tolist(), result.predictions.tolist()
        images = zip(labels, guesses, image_digests(split.images), result.losses, strict=True)
        rows = [
            # The labels give the order of the classes, which their names do not.
            (classes[true], classes[guess], true, guess, digest, f"{loss:.4f}")
            for true, guess, digest, loss in images
        ]
    header = ("actual", "predicted", "actual_label", "predicted_label", "digest", "loss")
    write_csv(path, header, rows)


def write_tables(result: Evaluation, classes: tuple[str, ...]) -> None:
    """Write the other CSV files for `dvc plots`."""
    bins = result.reliability
    rows = zip(bins.confidence, bins.accuracy, bins.count, strict=True)
    filled = [row for row in rows if row[2]]
    write_csv(PLOTS / "reliability.csv", ("confidence", "accuracy", "images"), filled)
    scores = [row[:4] for row in class_rows(result, classes)]
    write_csv(PLOTS / "per_class.csv", ("class", "precision", "recall", "f1"), scores)


def draw(result: Evaluation, model: Model, split: Split) -> None:
    """Draw the PNG files for people."""
    classes, labels = model.info.classes, split.labels
    check_fonts(classes)
    rows = confident_mistakes(result, labels, GALLERY)
    truths = [(classes[labels[row]], result.probabilities[row, labels[row]]) for row in rows]
    guesses = [(classes[result.predictions[row]], result.probabilities[row].max()) for row in rows]
    weight = model.weight.reshape(-1, *model.info.shape)
    pictures = {
        "learning_curves": charts.learning_curves(read_history(HISTORY)),
        "confusion": charts.confusion(result.confusion, classes),
        "templates": charts.templates(weight, classes),
        "reliability": charts.reliability(result.reliability),
        "mistakes": charts.mistakes(split.images[rows], truths, guesses),
    }
    for name, figure in pictures.items():
        figure.save(PLOTS / f"{name}.png")


def main() -> None:
    """Evaluate data/model/ on the test split; write metrics/evaluate.json and plots/."""
    info, model = load_info(PREPARED), load_model(MODEL)
    check_fits(model, info)
    test, val = load_split(PREPARED, "test", info), load_split(PREPARED, "val", info)
    result = evaluate(model, test)
    write_predictions(PLOTS / "predictions.csv", test, result, info.classes)
    validated = evaluate(model, val) if len(val) else None
    write_predictions(PLOTS / "val_predictions.csv", val, validated, info.classes)
    write_tables(result, info.classes)
    draw(result, model, test)
    write_metrics(METRICS, metrics_of(result, info.classes))
    low, high = result.interval
    accuracy = f"test accuracy {result.accuracy:.4f} (95% interval {low:.4f} to {high:.4f})"
    print(f"{accuracy}, loss {result.loss:.4f}")


if __name__ == "__main__":
    run_stage("evaluate", main)
