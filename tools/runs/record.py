"""A run of the pipeline, read from what a revision holds of it: the one reader of all of that."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from stages.common.errors import DataError
from stages.common.history import HISTORY, History, parse_history
from stages.common.params import brief_value
from stages.common.strict_yaml import parse_yaml
from tools.runs.lock import LOCK, Lock, parse_lock
from tools.runs.revision import Commit, Revision

PARAMS = "params.yaml"
TRAIN, EVALUATE = "metrics/train.json", "metrics/evaluate.json"
RANKED = (PARAMS, LOCK, TRAIN)  # the files that a ranking reads of every run
_LARGEST = 300  # decimal digits of a metric: a float has no more

Interval = tuple[Decimal, Decimal]
Metrics = Mapping[str, Any]  # a file in metrics/, each number a Decimal


@dataclass(frozen=True)
class Run:
    """The run that a revision holds.

    A file is read when it is asked for. Where it is missing or damaged, DataError says so in one
    line that begins with the revision's label.
    """

    revision: Revision

    @property
    def name(self) -> str:
        """What the revision is called."""
        return self.revision.label

    @property
    def commit(self) -> Commit:
        """The revision, where it is a commit."""
        if isinstance(self.revision, Commit):
            return self.revision
        raise TypeError(f"{self.name} is not a commit")

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """params.yaml."""
        content = self.revision.read(PARAMS) or b"{}"
        values = parse_yaml(content, self._place(PARAMS), DataError)
        if not isinstance(values, dict):
            raise DataError(f"{self._place(PARAMS)}: holds no `key: value` lines")
        return values

    @cached_property
    def lock(self) -> Lock:
        """dvc.lock."""
        return parse_lock(self._read(LOCK), self._place(LOCK))

    @property
    def code(self) -> Mapping[str, str]:
        """The digest of each file and folder of code that the stages ran, and their commands."""
        stages, written = self.lock.stages, self.lock.written
        read = {each.path: each.md5 for stage in stages.values() for each in stage.deps}
        code = {
            path: digest
            for path, digest in read.items()
            if path not in written and not path.startswith("data/")
        }
        return code | {f"dvc.yaml: {name}": stage.cmd for name, stage in stages.items()}

    @property
    def data(self) -> str:
        """The beginning of the digest of data/raw."""
        return self.lock.written.get("data/raw", "")[:7]

    @property
    def seed(self) -> int:
        """The param `seed`."""
        return int(self.params.get("seed", 0))

    @cached_property
    def training(self) -> Metrics:
        """The metrics of the weights that were kept, on the training and validation images."""
        return self._metrics(TRAIN)

    def trained(self, metric: str) -> float:
        """Return a metric of the weights that were kept."""
        value = self.training.get(metric)
        if not isinstance(value, Decimal):
            raise DataError(f"{self._place(TRAIN)}: {metric} is missing")
        return float(value)

    @cached_property
    def evaluation(self) -> Metrics:
        """The metrics on the test images."""
        return self._metrics(EVALUATE)

    @cached_property
    def metrics(self) -> Mapping[str, Metrics]:
        """All files in metrics/, by path."""
        paths = [path for path in self.revision.names("metrics") if path.endswith(".json")]
        return {path: self._metrics(path) for path in paths}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was run yet: there are no metrics and no dvc.lock."""
        return not self.metrics and self.revision.read(LOCK) is None

    @cached_property
    def history(self) -> History:
        """The learning curve."""
        path = HISTORY.as_posix()
        return parse_history(self._read(path), self._place(path))

    def check(self) -> None:
        """Raise DataError unless the results are those of the params, all as dvc.lock records."""
        recorded = self.lock.params(PARAMS)
        for name, value in self.params.items():
            if name not in recorded:
                raise DataError(f"{self._place(LOCK)}: the param {_one_line(name)} is missing")
            if not _means(recorded[name], value):
                made = f"the results are of {name} {_one_line(recorded[name])}"
                raise DataError(f"{self.name}: {made}, and {PARAMS} says {_one_line(value)}")
        for name in recorded.keys() - self.params.keys():
            raise DataError(f"{self._place(PARAMS)}: the param {_one_line(name)} is missing")
        digest = hashlib.md5(self._read(TRAIN), usedforsecurity=False).hexdigest()
        if digest != self.lock.written.get(TRAIN):
            raise DataError(f"{self._place(TRAIN)} is not the file that {LOCK} records")

    def _place(self, path: str) -> str:
        return f"{self.name}: {path}"

    def _read(self, path: str) -> bytes:
        content = self.revision.read(path)
        if content is None:
            raise DataError(f"{self._place(path)} is missing")
        return content

    def _metrics(self, path: str) -> Metrics:
        """Return a JSON object, its numbers as decimals: `base - 0.005` means just that."""
        try:
            content = json.loads(
                self._read(path),
                parse_float=_decimal,
                parse_int=_decimal,
                parse_constant=_decimal,
            )
        except (ValueError, RecursionError) as problem:
            raise DataError(f"{self._place(path)}: not valid JSON: {problem}") from problem
        if not isinstance(content, dict):
            raise DataError(f"{self._place(path)}: not a JSON object")
        return content


def numbers(metrics: Metrics) -> dict[str, Decimal]:
    """Return what people compare: each number at the top of a file."""
    return {name: value for name, value in metrics.items() if isinstance(value, Decimal)}


def interval(metrics: Metrics, name: str) -> Interval | None:
    """Return the interval of a metric, of 95%; None when the file has none."""
    match metrics.get(f"{name}_interval"):
        case [Decimal() as low, Decimal() as high]:
            return low, high
    return None


def _one_line(value: object) -> str:
    return " ".join(value.split())[:40] if isinstance(value, str) else brief_value(value)


def _decimal(digits: str) -> Decimal:
    try:
        value = Decimal(digits)
    except ArithmeticError:  # an exponent beyond what a Decimal takes
        value = Decimal("NaN")
    if not value.is_finite() or value.adjusted() > _LARGEST:
        raise ValueError(f"{digits[:20]} is too large, or not a number")
    return value


def _means(text: str, value: object) -> bool:
    """Return whether a value of dvc.lock, as text, is `value`: 1.0e-05 is 1e-05."""
    if value is None or isinstance(value, bool):
        return text.lower() in (("", "null") if value is None else (str(value).lower(),))
    try:
        return text == str(value) or float(text) == value
    except ValueError:
        return False
