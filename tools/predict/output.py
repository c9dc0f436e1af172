r"""Predictions as a table for people, and as JSON or CSV for programs.

K classes. Each format names an image by its file and, in an array, by its row. The table escapes
what a terminal cannot show. JSON and CSV have the names themselves: of a byte that is not UTF-8,
JSON has the escape \\udc80 to \\udcff (tools/pictures/names.py), and CSV the byte.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from stages.common.files import METRIC_DECIMALS
from tools.pictures.names import exact
from tools.predict.predicting import Prediction

LIKELIEST = 3  # classes in a row of the table


def table(predictions: Sequence[Prediction], classes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a table with the three likeliest classes of each image."""
    if not predictions:
        return
    cells = [
        [p.name, *(f"{classes[k]} {p.probabilities[k]:.1%}" for k in p.order[:LIKELIEST])]
        for p in predictions
    ]
    header = ["picture", "likeliest", "second", "third"][: 1 + min(LIKELIEST, len(classes))]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    for row in [header, *cells]:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def as_json(predictions: Sequence[Prediction], classes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a JSON array, a line for each image; they are ASCII."""
    yield "["
    for number, prediction in enumerate(predictions, start=1):
        comma = "," if number < len(predictions) else ""
        yield f"  {json.dumps(record(prediction, classes))}{comma}"
    yield "]"


def record(prediction: Prediction, classes: Sequence[str]) -> dict[str, Any]:
    """Return a prediction as JSON has it."""
    rounded = [round(float(value), METRIC_DECIMALS) for value in prediction.probabilities]
    best = prediction.order[0]
    return {
        "picture": exact(prediction.path),
        "row": prediction.row,
        "class": classes[best],
        "probability": rounded[best],
        "probabilities": dict(zip(classes, rounded, strict=True)),
    }


def as_csv(predictions: Sequence[Prediction], classes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a CSV with the likeliest class and the probabilities of all."""
    yield _csv_line(["picture", "row", "class", "probability", *(f"p({k})" for k in classes)])
    for p in predictions:
        best = p.order[0]
        row = "" if p.row is None else p.row
        rounded = [f"{value:.{METRIC_DECIMALS}f}" for value in p.probabilities]
        yield _csv_line([exact(p.path), row, classes[best], rounded[best], *rounded])


def _csv_line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


FORMATS: dict[str, Callable[[Sequence[Prediction], Sequence[str]], Iterator[str]]] = {
    "table": table,
    "json": as_json,
    "csv": as_csv,
}


def print_as(kind: str, predictions: Sequence[Prediction], classes: Sequence[str]) -> None:
    """Print predictions in a format, a key of FORMATS."""
    if kind != "table" and isinstance(sys.stdout, io.TextIOWrapper):  # programs read UTF-8
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    for line in FORMATS[kind](predictions, classes):
        print(line)
