"""What a run's model took the images of a split for.

N images, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stages.common.errors import DataError
from stages.common.files import parse_csv
from stages.common.scoring import confusion_matrix
from tools.runs.record import EVALUATE, Run

_FILES = {"val": "plots/val_predictions.csv", "test": "plots/predictions.csv"}
_COLUMNS = ("actual", "predicted", "digest", "loss")


@dataclass(frozen=True)
class Predictions:
    """Images of a split, and what became of them."""

    classes: tuple[str, ...]  # [K]
    digests: np.ndarray  # [N] text, of the images
    actual: np.ndarray  # [N] int64, 0..K-1
    predicted: np.ndarray  # [N] int64, 0..K-1
    losses: np.ndarray  # [N] float64, cross-entropy in nats

    @property
    def right(self) -> np.ndarray:
        """[N] bool."""
        return self.actual == self.predicted

    @property
    def counts(self) -> np.ndarray:
        """The confusion matrix [K, K]."""
        return confusion_matrix(self.actual, self.predicted, len(self.classes))

    def at(self, rows: Sequence[int] | np.ndarray) -> "Predictions":
        """Return those in some rows."""
        columns = (self.digests, self.actual, self.predicted, self.losses)
        return Predictions(self.classes, *(column[rows] for column in columns))


def read_predictions(run: Run, split: str) -> Predictions | None:
    """Return the predictions of a run on the split "val" or "test"; None when it has none."""
    path = _FILES[split]
    content = run.revision.read(path)
    header, _, table = (content or b"").partition(b"\n")
    # An older version wrote no digests, and without a validation split there are no rows.
    if not set(_COLUMNS) <= set(header.decode(errors="replace").split(",")) or not table:
        return None
    name = f"{run.name}: {path}"
    rows = parse_csv(content or b"", name, _COLUMNS)
    try:
        classes = tuple(str(each["class"]) for each in run.evaluation["classes"])
        label = {name: number for number, name in enumerate(classes)}
        return Predictions(
            classes,
            np.array([row["digest"] for row in rows]),
            np.array([label[row["actual"]] for row in rows]),
            np.array([label[row["predicted"]] for row in rows]),
            np.array([float(row["loss"]) for row in rows]),
        )
    except (KeyError, TypeError) as problem:
        raise DataError(f"{name}: {problem} is no class of {EVALUATE}") from problem
    except ValueError as problem:
        raise DataError(f"{name}: {problem}") from problem
