"""A judgement in words, tables and JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.files import METRIC_DECIMALS
from tools.page.table import Cell, Table
from tools.page.terminal import terminal_lines
from tools.pictures.names import exact
from tools.predict.judging import Accuracy, Judgement
from tools.predict.output import record

SHOWN = 20  # classes of a table in the terminal
NOTABLE = 0.01  # of accuracy: what another mix of classes must change to be said


def verdict(judgement: Judgement) -> str:
    """Return the accuracy on the pictures in a sentence."""
    accuracy = judgement.accuracy
    counts = f"{accuracy.right:,} of {accuracy.images:,} labelled pictures are classified correctly"
    return f"{counts}: {_accuracy(accuracy)}"


def comparison(judgement: Judgement) -> list[str]:
    """Return in sentences how that compares with the test images."""
    test, difference, same_mix = judgement.test, judgement.difference, judgement.same_mix
    if not test or not difference or same_mix is None:
        return [f"There is no test accuracy to compare with: {judgement.no_test}."]
    direction = "higher" if difference.value > 0 else "lower"
    change = f"{100 * abs(difference.value):.1f} points {direction}"
    interval = f"95% interval {100 * difference.low:+.1f} to {100 * difference.high:+.1f}"
    chance = "more than chance explains" if difference.is_signal else "which chance can explain"
    sentences = [
        f"On {test.accuracy.images:,} test images it is {_accuracy(test.accuracy)}.",
        f"The pictures are {change} ({interval}), {chance}.",
    ]
    if abs(same_mix - test.accuracy.share) >= NOTABLE:
        mix = "Test images with the pictures' mix of classes would give"
        sentences.append(f"{mix} {same_mix:.1%}.")
    return sentences


def _accuracy(accuracy: Accuracy) -> str:
    low, high = accuracy.interval
    return f"{accuracy.share:.1%} (95% interval {low:.1%} to {high:.1%})"


def confusion(judgement: Judgement, classes: Sequence[str]) -> Table:
    """Return the confusion matrix, with a row for each class that the pictures show."""
    rows = []
    for label in np.flatnonzero(judgement.confusion.sum(axis=1)):
        counts = judgement.confusion[label]
        cells = [str(count or "-") for count in counts]
        share = f"{counts[label] / counts.sum():.0%}"
        rows.append([f"{label} {classes[label]}", str(counts.sum()), share, *cells])
    header = ["labelled", "pictures", "correct", *map(str, range(len(classes)))]
    caption = "Labelled as (rows), classified as (columns, by number)"
    return Table(caption, header, rows, words=(0,))


def mistakes(judgement: Judgement, classes: Sequence[str], count: int) -> Table:
    """Return the worst mistakes: those with the least probable true class."""
    rows: list[list[Cell | str]] = []
    for row in judgement.mistakes[:count]:
        prediction, label = judgement.predictions[row], judgement.labels[row]
        best = prediction.order[0]
        guess, truth = (
            f"{classes[each]} {prediction.probabilities[each]:.1%}" for each in (best, label)
        )
        rows.append([Cell(prediction.name, code=True), truth, guess])
    header = ("picture", "labelled", "classified as")
    return Table("The least probable true class first", header, rows, words=(0, 1, 2))


def as_text(judgement: Judgement, classes: Sequence[str], page: Path) -> Iterator[str]:
    """Yield the lines for a terminal; `page` is where all of it is."""
    yield f"{verdict(judgement)}."
    yield from comparison(judgement)
    yield ""
    yield from terminal_lines(confusion(judgement, classes), most=SHOWN, whole=str(page))
    yield f"worst mistakes, and why: {page}"


def as_json(
    judgement: Judgement, classes: Sequence[str], skipped: Mapping[Path, str]
) -> Iterator[str]:
    """Yield the lines of a JSON object; they are ASCII."""
    difference, test = judgement.difference, judgement.test
    same_mix = None if judgement.same_mix is None else _rounded(judgement.same_mix)
    content = {
        **_figures(judgement.accuracy),
        "test": {**_figures(test.accuracy), "same_mix": same_mix} if test else None,
        "difference": difference
        and {
            "accuracy": _rounded(difference.value),
            "interval": [_rounded(difference.low), _rounded(difference.high)],
            "more_than_chance": difference.is_signal,
        },
        "classes": classes,
        "confusion": judgement.confusion.tolist(),
        "skipped": {exact(path): why for path, why in skipped.items()},
        "predictions": [
            {**record(prediction, classes), "labelled": classes[label]}
            for prediction, label in zip(judgement.predictions, judgement.labels, strict=True)
        ],
    }
    yield json.dumps(content, indent=1)


def _figures(accuracy: Accuracy) -> dict[str, Any]:
    return {
        "images": accuracy.images,
        "right": accuracy.right,
        "accuracy": _rounded(accuracy.share),
        "interval": [_rounded(each) for each in accuracy.interval],
    }


def _rounded(value: float) -> float:
    return round(value, METRIC_DECIMALS)
