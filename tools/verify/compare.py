"""A committed file beside the one that the rerun wrote: equal, or how far apart?"""

import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from stages.common.errors import DataError
from stages.common.files import METRIC_DECIMALS, parse_csv
from tools.runs.lock import LOCK, parse_lock
from tools.runs.revision import Revision

FOLDERS = ("metrics/", "plots/")
TOLERANCE = 0.001  # of a figure, which another kind of CPU may change by less
TOLERANCE_LEVELS = 8  # of 255, of a pixel
TOLERANCE_ROWS = 0.002  # share of the rows of a table whose text may differ, such as a prediction
MISSING, LEFT_OVER = "not committed", "no stage writes it"
_OTHER_FORM = "the same content, written differently"
_SHOWN = 3  # differences of one file that are named


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    path: str
    text: str = ""  # how the two differ, for people; "" when they are equal
    is_near: bool = True  # they differ by no more than another kind of CPU makes

    @property
    def is_equal(self) -> bool:
        """Whether both have the same bytes."""
        return not self.text


def compare(revision: Revision, folder: Path) -> list[Outcome]:
    """Return the outcome of dvc.lock and of each file in metrics/ and plots/.

    Args:
        revision: what is committed.
        folder: a clone of it in which every stage ran.
    """
    lock = folder / LOCK
    written = parse_lock(lock.read_bytes()).written if lock.is_file() else {}
    names = [path for folder in FOLDERS for path in revision.names(folder)]
    committed = {path for path in names if not PurePosixPath(path).name.startswith(".")}
    # Of a folder dvc.lock has a digest.
    made = {path for path in written if path.startswith(FOLDERS) and (folder / path).is_file()}
    results = made | committed
    return [
        _outcome(path, revision.read(path), folder / path, is_written=path in {LOCK, *written})
        for path in (LOCK, *sorted(results))
    ]


def _outcome(path: str, committed: bytes | None, file: Path, *, is_written: bool) -> Outcome:
    if committed is None or not is_written:
        return Outcome(path, MISSING if committed is None else LEFT_OVER, False)
    made = file.read_bytes()
    if committed == made:
        return Outcome(path)
    kinds = {".lock": _lock, ".json": _json, ".csv": _csv, ".png": _png}
    differ = kinds.get(file.suffix)
    try:
        return Outcome(path, *differ(committed, made)) if differ else Outcome(path, "other", False)
    except (DataError, ValueError, OSError):  # of the committed one: stages write whole files
        return Outcome(path, "damaged", False)


def _lock(committed: bytes, made: bytes) -> tuple[str, bool]:
    """Return which entries differ. They are digests: how far apart the files are, those tell."""
    before, after = (dict(_entries(content)) for content in (committed, made))
    names = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if not names:
        return _OTHER_FORM, False
    return f"differs in {_listed(list(dict.fromkeys(names)))}", True


def _entries(content: bytes) -> Iterator[tuple[str, str]]:
    for name, stage in parse_lock(content).stages.items():
        yield f"the command of {name}", stage.cmd
        yield from ((entry.path, entry.md5) for entry in (*stage.deps, *stage.outs))
        yield from (item for params in stage.params.values() for item in params.items())


def _json(committed: bytes, made: bytes) -> tuple[str, bool]:
    before, after = (dict(_leaves(json.loads(content))) for content in (committed, made))
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    pairs = [(key, before.get(key), after.get(key)) for key in changed]
    shown = [f"{key} {_shown(old)} committed, {_shown(new)} here" for key, old, new in pairs]
    near = all(_distance(old, new) <= TOLERANCE for _, old, new in pairs)
    return (_listed(shown, "; "), near) if pairs else (_OTHER_FORM, False)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value that is no object and no list, with its place."""
    items = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    for key, item in items:
        place = f"{name}.{key}" if name else str(key)
        if isinstance(item, dict | list):
            yield from _leaves(item, place)
        else:
            yield place, item


def _shown(value: object) -> str:
    return f"{value:.{METRIC_DECIMALS}f}" if isinstance(value, float) else str(value)


def _distance(before: object, after: object) -> float:
    """Return how far apart two figures are; infinity for whole numbers and what is no figure."""
    if isinstance(before, float) and isinstance(after, float):
        return abs(before - after)
    return math.inf


def _csv(committed: bytes, made: bytes) -> tuple[str, bool]:
    before, after = (parse_csv(content, "", ()) for content in (committed, made))
    if len(before) != len(after) or list(before[0]) != list(after[0]):
        return f"{len(before):,} rows committed, {len(after):,} here, or other columns", False
    gaps = [
        [_gap(row[column], other[column]) for column in row if row[column] != other[column]]
        for row, other in zip(before, after, strict=True)
    ]
    text = sum(math.inf in row for row in gaps)
    figures = [gap for row in gaps for gap in row if gap < math.inf]
    largest = max(figures, default=0.0)
    parts = [f"{text:,} of {len(before):,} rows have other text"] if text else []
    if figures:
        parts += [f"{len(figures):,} figures by at most {largest:.{METRIC_DECIMALS}f}"]
    near = largest <= TOLERANCE and text <= TOLERANCE_ROWS * len(before)
    return (", ".join(parts), near) if parts else (_OTHER_FORM, False)


def _gap(before: str, after: str) -> float:
    """Return how far apart two cells are; infinity for text and whole numbers, such as labels."""
    try:
        gap = abs(float(before) - float(after)) if "." in before and "." in after else math.inf
    except ValueError:
        return math.inf
    return gap if math.isfinite(gap) else math.inf


def _png(committed: bytes, made: bytes) -> tuple[str, bool]:
    before, after = (
        np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"), np.int16)
        for content in (committed, made)
    )
    if before.shape != after.shape:
        return "another size", False
    largest = int(np.abs(before - after).max())
    pixels = int((before != after).any(axis=2).sum())
    return f"{pixels:,} pixels by at most {largest} of 255", largest <= TOLERANCE_LEVELS


def _listed(names: list[str], comma: str = ", ") -> str:
    more = len(names) - _SHOWN
    return comma.join(names[:_SHOWN]) + (f"{comma}{more} more" if more > 0 else "")
