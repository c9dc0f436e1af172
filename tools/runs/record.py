"""What git holds of one run: its params, the code that made it, and its figures."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stages.common.errors import DataError
from stages.common.params import Params
from stages.common.strict_yaml import parse_yaml
from tools.runs.lock import LOCK, Stage, parse_lock
from tools.runs.revision import Commit

PARAMS = "params.yaml"
TRAIN, EVALUATE = "metrics/train.json", "metrics/evaluate.json"
RUN_FILES = (PARAMS, LOCK, TRAIN)  # that `read_run` reads
RAW = "data/raw"

_Loss = Annotated[float, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Count = Annotated[int, Field(ge=1)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class Figures(_Record):
    """metrics/train.json: the figures of the epoch whose weights were kept."""

    epochs_run: _Count
    kept_epoch: _Count
    train_loss: _Loss  # nats
    train_accuracy: _Share
    val_loss: _Loss | None = None  # nats; None without a validation split
    val_accuracy: _Share | None = None


class TestFigures(_Record):
    """metrics/evaluate.json, as far as a comparison shows it."""

    test_accuracy: _Share
    test_accuracy_interval: tuple[_Share, _Share]


@dataclass(frozen=True)
class Run:
    """One run of the pipeline, as a commit records it."""

    name: str
    revision: Commit
    params: Params
    code: Mapping[str, str]  # by path the digest of each file and folder that the stages run
    data: str  # the beginning of the digest of data/raw
    figures: Figures


def read_run(name: str, revision: Commit) -> Run:
    """Return the run that `revision` records.

    Raises:
        DataError: a file is missing or damaged, or the results are not those of the params; the
            text is one line.
    """
    lock, params = parse_lock(_read(revision, LOCK)), _read_params(revision)
    stages = lock.stages
    _check_params(stages, params)
    content = _read(revision, TRAIN)
    digests = lock.written
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != digests.get(TRAIN):
        raise DataError(f"{TRAIN} is not the file that {LOCK} records")
    code = {
        each.path: each.md5
        for stage in stages.values()
        for each in stage.deps
        if each.path not in digests and not each.path.startswith("data/")
    }
    commands = {f"dvc.yaml: {key}": stage.cmd for key, stage in stages.items()}
    figures = _parse_json(content, Figures, TRAIN)
    return Run(name, revision, params, code | commands, digests.get(RAW, "")[:7], figures)


def read_test_figures(revision: Commit) -> TestFigures:
    """Return a run's figures on the test split; raise DataError as `read_run` does."""
    return _parse_json(_read(revision, EVALUATE), TestFigures, EVALUATE)


def _read(revision: Commit, path: str) -> bytes:
    content = revision.read(path)
    if content is None:
        raise DataError(f"{path} is missing")
    return content


_Kind = TypeVar("_Kind", bound=BaseModel)


def _parse_json(content: bytes, kind: type[_Kind], path: str) -> _Kind:
    try:
        return kind.model_validate_json(content)
    except ValidationError as problems:
        raise DataError(_explain(problems, path)) from problems


def _explain(problems: ValidationError, path: str) -> str:
    """Return the first problem on one line, without the value, which may be of any length."""
    first = problems.errors(include_url=False, include_input=False)[0]
    place = " ".join(".".join(map(str, first["loc"])).split())[:60]
    return f"{path}: {f'{place}: ' if place else ''}{first['msg']}"


def _read_params(revision: Commit) -> Params:
    values = parse_yaml(_read(revision, PARAMS), PARAMS, DataError)
    try:
        return Params.model_validate(values)
    except ValidationError as problems:
        raise DataError(_explain(problems, PARAMS)) from problems


def _check_params(stages: Mapping[str, Stage], params: Params) -> None:
    """Raise DataError unless the results were made with `params`, and with all of them."""
    recorded = [
        item
        for stage in stages.values()
        for item in stage.params.get(PARAMS, {}).items()
        if item[0] in Params.model_fields
    ]
    for name, text in recorded:
        value = getattr(params, name)
        if not _means(text, value):
            shown = " ".join(text.split())[:40]
            raise DataError(f"the results are of {name} {shown}, and {PARAMS} says {value}")
    missing = sorted(set(Params.model_fields) - dict(recorded).keys())
    if missing:
        raise DataError(f"{LOCK}: the param {missing[0]} is missing")


def _means(text: str, value: object) -> bool:
    """Return whether the YAML scalar `text` stands for `value`: 1.0e-05 is 1e-05."""
    try:
        return text == str(value) or float(text) == value
    except ValueError:
        return False
