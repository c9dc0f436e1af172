"""Predictions as a table, JSON or CSV.

K classes. Each format names an image by its file and, in an array, by its row.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.common.files import METRIC_DECIMALS
from tools.pictures.names import shown

LIKELIEST = 3  # classes in a row of the table


@dataclass(frozen=True)
class Prediction:
    """One image and what the model makes of it."""

    path: Path
    row: int | None  # in its file; None for a picture
    image: np.ndarray  # [H, W] uint8, as the model saw it
    probabilities: np.ndarray  # [K] float64

    @property
    def name(self) -> str:
        """The file, and the row in it: `test.npy[17]`."""
        return shown(self.path) + ("" if self.row is None else f"[{self.row}]")

    @property
    def order(self) -> np.ndarray:
        """The classes, the likeliest first; of equals the first, as argmax."""
        return np.argsort(-self.probabilities, kind="stable")


def table(predictions: Sequence[Prediction], classes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a table with the three likeliest classes of each image."""
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
    """Yield the lines of a JSON array, a line for each image."""
    yield "["
    for number, p in enumerate(predictions, start=1):
        rounded = [round(float(value), METRIC_DECIMALS) for value in p.probabilities]
        content = {
            "picture": shown(p.path),
            "row": p.row,
            "class": classes[p.order[0]],
            "probability": rounded[p.order[0]],
            "probabilities": dict(zip(classes, rounded, strict=True)),
        }
        comma = "," if number < len(predictions) else ""
        yield f"  {json.dumps(content, ensure_ascii=False)}{comma}"
    yield "]"


def as_csv(predictions: Sequence[Prediction], classes: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a CSV with the likeliest class and the probabilities of all."""
    yield _csv_line(["picture", "row", "class", "probability", *(f"p({k})" for k in classes)])
    for p in predictions:
        best = p.order[0]
        row = "" if p.row is None else p.row
        rounded = [f"{value:.{METRIC_DECIMALS}f}" for value in p.probabilities]
        yield _csv_line([shown(p.path), row, classes[best], rounded[best], *rounded])


def _csv_line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


FORMATS: dict[str, Callable[[Sequence[Prediction], Sequence[str]], Iterator[str]]] = {
    "table": table,
    "json": as_json,
    "csv": as_csv,
}
