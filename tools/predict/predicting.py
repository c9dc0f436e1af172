"""Files in, predictions out; what cannot be read is said.

N images of H x W pixels, K classes.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from stages.common.dataset import Steps
from stages.common.errors import DataError
from stages.common.model import Model
from stages.common.scoring import log_softmax
from tools.pictures.names import shown
from tools.pictures.walking import Found
from tools.predict.inputs import read_all


@dataclass(frozen=True)
class Prediction:
    """One image and what the model makes of it."""

    path: Path
    row: int | None  # in its file; None for a picture
    image: np.ndarray  # [H, W] uint8, as the model saw it
    probabilities: np.ndarray  # [K] float64
    notes: tuple[str, ...] = ()  # what was assumed about a picture, or done with it

    @property
    def name(self) -> str:
        """The file, and the row in it: `test.npy[17]`."""
        return shown(self.path) + ("" if self.row is None else f"[{self.row}]")

    @property
    def order(self) -> np.ndarray:
        """The classes, the likeliest first; of equals the first, as argmax."""
        return np.argsort(-self.probabilities, kind="stable")


@dataclass(frozen=True)
class Predictions:
    """What the model makes of the files that people named."""

    images: list[Prediction]
    skipped: Mapping[Path, str]  # files that cannot be read, and folders; why


def predict(found: Found, model: Model, *, steps: Steps) -> Predictions:
    """Return the predictions for all images in the files of a walk.

    Each file and folder that is skipped is named on standard error, with the reason.
    """
    images: list[Prediction] = []
    skipped = dict(found.left_out)
    for path, reason in skipped.items():
        _say(path, reason)
    read = read_all(found.files, model.info.shape, steps)
    bar = tqdm(read, total=len(found.files), unit=" files", disable=None, leave=False)
    for path, outcome in bar:
        if isinstance(outcome, DataError):
            skipped[path] = str(outcome)
            _say(path, str(outcome))
            continue
        many = outcome.pixels.ndim == 3  # an array
        rows: Sequence[int | None] = range(len(outcome.pixels)) if many else [None]
        pixels = outcome.pixels.reshape(-1, *model.info.shape)
        probabilities = np.exp(log_softmax(model.logits(pixels)))
        for row, image, each in zip(rows, pixels, probabilities, strict=True):
            images.append(Prediction(path, row, image, each, outcome.notes))
    return Predictions(images, skipped)


def remarks(predictions: Predictions, found: Found) -> Iterator[str]:
    """Yield what was assumed about pictures, and how many files were not classified."""
    noted: dict[str, dict[Path, None]] = {}
    for prediction in predictions.images:
        for note in prediction.notes:
            noted.setdefault(note, {})[prediction.path] = None
    for note, paths in noted.items():
        yield f"{_some(list(paths))}: {note}"
    if found.ignored:
        yield f"{_some(found.ignored)}: hidden or a system's, ignored"
    total = len(found.files) + len(found.left_out)
    if predictions.skipped:
        yield f"{len(predictions.skipped)} of {total} files and folders skipped"
    if not total:
        yield "no file in these folders"


def _some(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{shown(paths[0])}{more}"


def _say(path: Path, reason: str) -> None:
    tqdm.write(f"predict: {shown(path)}: {reason}", file=sys.stderr)
