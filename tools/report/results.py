"""What a run of the pipeline left in git at a revision: params, metrics, predictions, history, pictures.

N test images, K classes.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from stages.common.errors import DataError
from stages.common.strict_yaml import parse_yaml
from tools.report.revision import Revision

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PREDICTIONS, HISTORY, SCORES, DOWNLOAD = (
    "plots/predictions.csv",
    "plots/history.csv",
    "metrics/evaluate.json",
    "metrics/download.json",
)


@dataclass(frozen=True)
class Predictions:
    """The test split in its order: what each image is and what the model took it for."""

    classes: tuple[str, ...]  # [K]
    actual: np.ndarray  # [N] int64, 0..K-1
    predicted: np.ndarray  # [N] int64, 0..K-1

    @property
    def right(self) -> np.ndarray:
        """[N] bool."""
        return self.actual == self.predicted


@dataclass(frozen=True)
class Results:
    """A revision's run. `predictions` is None when the revision holds no evaluated model."""

    label: str
    params: Mapping[str, Any]
    metrics: Mapping[str, Decimal]  # every number at the top of the files in metrics/
    test_files: tuple[str, ...]  # SHA-256 of the test split's files
    predictions: Predictions | None
    history: Mapping[str, Sequence[float | None]] | None  # columns of plots/history.csv
    pictures: Mapping[str, bytes]  # PNG, by path
    stale: tuple[str, ...]  # what is not as the run that made the results had it


def load_results(revision: Revision) -> Results:
    """Return the results that `revision` holds.

    Raises:
        DataError: a file that is there cannot be read; the line names the revision and the file.
    """
    documents = {
        path: _json(revision, path) for path in revision.names("metrics") if path.endswith(".json")
    }
    params = _yaml(revision, "params.yaml")
    return Results(
        label=revision.label,
        params=params,
        metrics={
            name: value
            for document in documents.values()
            for name, value in document.items()
            if _is_number(value)
        },
        test_files=_test_files(documents.get(DOWNLOAD, {})),
        predictions=_predictions(revision, documents.get(SCORES, {})),
        history=_history(revision),
        pictures=_pictures(revision),
        stale=_stale(revision, params, _yaml(revision, "dvc.lock")),
    )


def _wrong(revision: Revision, path: str, problem: str) -> DataError:
    return DataError(f"{path}: {problem} (in {revision.label}); `make repro` makes it again")


def _yaml(revision: Revision, path: str) -> dict[str, Any]:
    content = revision.read(path)
    values = {} if content is None else parse_yaml(content, path, DataError)
    if not isinstance(values, dict):
        raise _wrong(revision, path, "holds no `key: value` lines")
    return values


def _json(revision: Revision, path: str) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(f"holds {constant}")

    try:
        # Decimals, so that `base - 0.005` means just that in the gate.
        content = json.loads(
            revision.read(path) or b"{}",
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=refuse,
        )
    except (ValueError, RecursionError) as problem:
        raise _wrong(revision, path, f"not valid JSON: {problem}") from problem
    if not isinstance(content, dict):
        raise _wrong(revision, path, "not a JSON object")
    return content


def _is_number(value: object) -> bool:
    return isinstance(value, Decimal)


def _test_files(download: Mapping[str, Any]) -> tuple[str, ...]:
    files = download.get("files", [])
    return tuple(
        str(file.get("sha256")) for file in files if str(file.get("name")).startswith("t10k")
    )


def _rows(revision: Revision, path: str, needed: Sequence[str]) -> list[dict[str, str]] | None:
    content = revision.read(path)
    if content is None:
        return None
    reader = csv.DictReader(content.decode(errors="replace").splitlines())
    rows = list(reader)
    if (
        not rows
        or not set(needed) <= set(reader.fieldnames or ())
        or any(None in row.values() or None in row for row in rows)
    ):
        raise _wrong(revision, path, f"not a whole table with the columns {', '.join(needed)}")
    return rows


def _predictions(revision: Revision, scores: Mapping[str, Any]) -> Predictions | None:
    rows = _rows(revision, PREDICTIONS, ("actual", "predicted"))
    if rows is None or not scores.get("per_class"):
        return None
    try:
        classes = tuple(str(entry["class"]) for entry in scores["per_class"])
        place = {name: number for number, name in enumerate(classes)}
        cells = np.array(
            [(place[row["actual"]], place[row["predicted"]]) for row in rows], dtype=np.int64
        )
    except (KeyError, TypeError) as problem:
        raise _wrong(revision, PREDICTIONS, f"{problem} is no class of {SCORES}") from problem
    return Predictions(classes, cells[:, 0], cells[:, 1])


def _history(revision: Revision) -> dict[str, list[float | None]] | None:
    columns = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy")
    rows = _rows(revision, HISTORY, columns)
    try:
        return (
            {name: [float(row[name]) if row[name] else None for row in rows] for name in columns}
            if rows
            else None
        )
    except ValueError as problem:
        raise _wrong(revision, HISTORY, str(problem)) from problem


def _pictures(revision: Revision) -> dict[str, bytes]:
    contents = {
        path: revision.read(path) or b""
        for path in revision.names("plots")
        if path.endswith(".png")
    }
    return {
        path: content for path, content in contents.items() if content.startswith(PNG_SIGNATURE)
    }


def _stale(
    revision: Revision, params: Mapping[str, Any], lock: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the params and files that differ from what dvc.lock says the results were made with, or are.

    Folders are passed over: they are in DVC's cache, which a fresh clone has not.
    """
    changed: dict[str, None] = {}
    for stage in lock.get("stages", {}).values():
        for name, value in stage.get("params", {}).get("params.yaml", {}).items():
            if params.get(name) != value:
                changed[name] = None
        for entry in [*stage.get("deps", ()), *stage.get("outs", ())]:
            if "nfiles" not in entry and _md5(revision.read(entry["path"])) != entry.get("md5"):
                changed[entry["path"]] = None
    return tuple(changed)


def _md5(content: bytes | None) -> str | None:
    return None if content is None else hashlib.md5(content, usedforsecurity=False).hexdigest()
