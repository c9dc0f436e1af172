"""The learning curve: plots/history.csv, one row an epoch, written by train and read by the rest.

epoch            from 1
train_loss       mean cross-entropy over the batches, in nats, each before its update
train_accuracy   likewise
val_loss         on the validation split, after the epoch; empty without one
val_accuracy     likewise
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.common.errors import DataError
from stages.common.files import parse_csv, read_bytes, write_csv

HISTORY = Path("plots/history.csv")
COLUMNS = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy")

History = dict[str, list[float | None]]  # each column of COLUMNS, a value an epoch


@dataclass(frozen=True)
class Epoch:
    """The figures of one epoch."""

    number: int  # from 1
    train_loss: float  # nats
    train_accuracy: float
    val_loss: float | None  # nats; None without a validation split
    val_accuracy: float | None
    images_per_second: float  # of training alone; shown, never written


def write_history(path: Path, epochs: Sequence[Epoch]) -> None:
    """Write the learning curve of `epochs`."""
    rows = [
        (each.number, each.train_loss, each.train_accuracy, each.val_loss, each.val_accuracy)
        for each in epochs
    ]
    write_csv(path, COLUMNS, rows)


def read_history(path: Path) -> History:
    """Return the learning curve in the file at `path`; see parse_history."""
    return parse_history(read_bytes(path), str(path))


def parse_history(content: bytes, name: str) -> History:
    """Return the learning curve that the bytes of a history CSV hold.

    Raises:
        DataError: the bytes are not a learning curve; the text begins with `name`.
    """
    rows = parse_csv(content, name, COLUMNS)
    try:
        return {key: [float(row[key]) if row[key] else None for row in rows] for key in COLUMNS}
    except ValueError as problem:
        raise DataError(f"{name}: {problem}; `dvc repro` makes it again") from problem
