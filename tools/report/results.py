"""What a run of the pipeline left in git at a revision.

N test images, K classes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from stages.common.errors import DataError
from stages.common.files import parse_csv
from stages.common.history import HISTORY, History, parse_history
from stages.common.strict_yaml import parse_yaml
from tools.runs.freshness import stale
from tools.runs.revision import Revision

PREDICTIONS = "plots/predictions.csv"
_SCORES = "metrics/evaluate.json"
_DOWNLOAD = "metrics/download.json"
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 300  # decimal digits of a metric: a float has no more

Interval = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Predictions:
    """The test split in its order: what each image is, and what the model took it for."""

    classes: tuple[str, ...]  # [K]
    actual: np.ndarray  # [N] int64, 0..K-1
    predicted: np.ndarray  # [N] int64, 0..K-1

    @property
    def right(self) -> np.ndarray:
        """[N] bool."""
        return self.actual == self.predicted


@dataclass(frozen=True)
class Results:
    """The run of a revision."""

    label: str
    params: Mapping[str, Any]
    metrics: Mapping[str, Decimal]  # each number at the top of a file in metrics/
    intervals: Mapping[str, Interval]  # of 95%, by the name of the metric
    test_files: tuple[str, ...]  # SHA-256 of the test split's files
    predictions: Predictions | None  # None when no model was evaluated
    history: History | None
    pictures: Mapping[str, bytes]  # PNG, by path
    stale: tuple[str, ...]  # what is not as it was when the results were made
    empty: bool  # there was no run yet: no metrics, no predictions, no dvc.lock


def load_results(revision: Revision) -> Results:
    """Return the results of a revision.

    Raises:
        DataError: a file cannot be read; the line names the file and the revision.
    """
    paths = [path for path in revision.names("metrics") if path.endswith(".json")]
    documents = {path: _read_json(revision, path) for path in paths}
    figures = [item for document in documents.values() for item in document.items()]
    predictions = _predictions(revision, documents.get(_SCORES, {}))
    history = revision.read(str(HISTORY))
    empty = not documents and not predictions and revision.read("dvc.lock") is None
    return Results(
        label=revision.label,
        params=_params(revision),
        metrics={name: value for name, value in figures if isinstance(value, Decimal)},
        intervals=_intervals(dict(figures)),
        test_files=_test_files(documents.get(_DOWNLOAD, {})),
        predictions=predictions,
        history=None if history is None else parse_history(history, _name(revision, str(HISTORY))),
        pictures=_pictures(revision),
        stale=() if empty else stale(revision),
        empty=empty,
    )


def _name(revision: Revision, path: str) -> str:
    return f"{path} in {revision.label}"


def _params(revision: Revision) -> dict[str, Any]:
    name = _name(revision, "params.yaml")
    content = revision.read("params.yaml")
    values = {} if content is None else parse_yaml(content, name, DataError)
    if not isinstance(values, dict):
        raise DataError(f"{name}: holds no `key: value` lines")
    return values


def _read_json(revision: Revision, path: str) -> dict[str, Any]:
    """Return a JSON object with its numbers as decimals: `base - 0.005` means just that."""
    name = _name(revision, path)
    try:
        content = json.loads(
            revision.read(path) or b"",
            parse_float=_decimal,
            parse_int=_decimal,
            parse_constant=_decimal,
        )
    except (ValueError, RecursionError) as problem:
        raise DataError(
            f"{name}: not valid JSON: {problem}; `dvc repro` makes it again"
        ) from problem
    if not isinstance(content, dict):
        raise DataError(f"{name}: not a JSON object; `dvc repro` makes it again")
    return content


def _decimal(digits: str) -> Decimal:
    try:
        value = Decimal(digits)
    except ArithmeticError:  # an exponent beyond what a Decimal takes
        value = Decimal("NaN")
    if not value.is_finite() or value.adjusted() > _LARGEST:
        raise ValueError(f"{digits[:20]} is too large, or not a number")
    return value


def _intervals(figures: Mapping[str, Any]) -> dict[str, Interval]:
    """Return the intervals, which stand under the metric's name and `_interval`."""
    found = {}
    for name, value in figures.items():
        if name.endswith("_interval") and isinstance(value, list) and len(value) == 2:
            low, high = value
            if isinstance(low, Decimal) and isinstance(high, Decimal):
                found[name.removesuffix("_interval")] = (low, high)
    return found


def _test_files(download: Mapping[str, Any]) -> tuple[str, ...]:
    listed = download.get("files")
    files = [file for file in listed if isinstance(file, dict)] if isinstance(listed, list) else []
    return tuple(str(f.get("sha256")) for f in files if str(f.get("name")).startswith("t10k"))


def _predictions(revision: Revision, scores: Mapping[str, Any]) -> Predictions | None:
    content = revision.read(PREDICTIONS)
    # Results from before the metrics had one name for it call the list of classes `per_class`.
    listed = scores.get("classes", scores.get("per_class"))
    if content is None or not listed:
        return None
    name = _name(revision, PREDICTIONS)
    rows = parse_csv(content, name, ("actual", "predicted"))
    try:
        classes = tuple(str(entry["class"]) for entry in listed)
        place = {label: number for number, label in enumerate(classes)}
        cells = [(place[row["actual"]], place[row["predicted"]]) for row in rows]
    except (KeyError, TypeError) as problem:
        raise DataError(f"{name}: {problem} is no class of {_SCORES}") from problem
    actual, predicted = np.array(cells, dtype=np.int64).T
    return Predictions(classes, actual, predicted)


def _pictures(revision: Revision) -> dict[str, bytes]:
    paths = [path for path in revision.names("plots") if path.endswith(".png")]
    contents = {path: revision.read(path) or b"" for path in paths}
    return {path: content for path, content in contents.items() if content.startswith(_PNG)}
