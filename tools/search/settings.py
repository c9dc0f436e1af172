"""search.yaml: what a search varies and how, validated like params.yaml."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stages.common.errors import ParamError
from stages.common.params import TRAINING_PARAMS, Params, brief_value
from stages.common.strict_yaml import read_yaml

SEARCH_FILE = Path("search.yaml")

_VARY = "a param and its values, as in `lr: [0.1, 0.2]` or `lr: {low: 0.01, high: 1.0, log: true}`"


@dataclass(frozen=True)
class Choices:
    """One of some values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Range:
    """Any number from `low` to `high`; with `log`, each order of magnitude is as likely."""

    low: float
    high: float
    log: bool = False


class Settings(BaseModel):
    """search.yaml, validated. Each description ends the sentence "it must be ..."."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    trials: Annotated[int, Field(ge=1, le=100_000, description="a whole number from 1 to 100000")]
    sampler: Annotated[
        Literal["tpe", "random", "grid"], Field(description="tpe, random or grid")
    ] = "tpe"
    sampler_seed: Annotated[
        int, Field(ge=0, lt=2**31, description="a whole number from 0 to 2147483647")
    ] = 0
    batch: Annotated[int, Field(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 8
    prune: Annotated[bool, Field(description="true or false")] = True
    vary: Annotated[dict[str, Any], Field(min_length=1, description=_VARY)]
    finalists: Annotated[int, Field(ge=0, le=100, description="a whole number from 0 to 100")] = 3
    finalist_seeds: Annotated[
        list[Annotated[int, Field(ge=0, lt=2**31)]],
        Field(min_length=1, description="a list of seeds, such as [0, 1, 2]"),
    ] = [0, 1, 2]

    @property
    def cells(self) -> float:
        """How many different trials there can be; infinite when a range is varied."""
        each = self.vary.values()
        return math.prod(len(v.values) if isinstance(v, Choices) else math.inf for v in each)

    @property
    def count(self) -> int:
        """How many trials the search runs: a grid ends with its last cell."""
        return min(self.trials, int(self.cells)) if self.sampler == "grid" else self.trials


def load_settings(base: Params, path: Path = SEARCH_FILE) -> Settings:
    """Return the validated search.yaml, with every value in `vary` a Choices or a Range.

    Args:
        base: params.yaml, which gives what is not varied.
        path: the file.

    Raises:
        ParamError: one line for each problem, naming the key, its value and what is allowed.
    """
    values = read_yaml(path, ParamError)
    if not isinstance(values, dict):
        raise ParamError(f"{path}: it must hold `key: value` lines; `git restore {path}`")
    try:
        settings = Settings.model_validate(values)
    except ValidationError as problems:
        raise ParamError("\n".join(_line(path, each) for each in problems.errors())) from problems
    vary = {name: _varied(path, base, name, value) for name, value in settings.vary.items()}
    settings = settings.model_copy(update={"vary": vary})
    _check(path, base, settings)
    return settings


def _check(path: Path, base: Params, settings: Settings) -> None:
    """Raise ParamError where the settings do not fit each other or params.yaml."""
    if settings.sampler == "grid" and settings.cells == math.inf:
        raise ParamError(f"{path}: sampler: a grid needs a list of values for every param in vary")
    if not base.val_fraction:
        raise ParamError(
            f"{path}: trials are compared by their validation loss; set val_fraction above 0 in "
            "params.yaml"
        )
    if len(set(settings.finalist_seeds)) < len(settings.finalist_seeds):
        raise ParamError(f"{path}: finalist_seeds: {settings.finalist_seeds} names a seed twice")


def _varied(path: Path, base: Params, name: str, given: Any) -> Choices | Range:
    """Return what `vary` gives for one param; raise ParamError when a value is not allowed."""
    where = f"{path}: vary: {name}"
    if name not in TRAINING_PARAMS:
        raise ParamError(f"{where}: cannot be varied; choose from {', '.join(TRAINING_PARAMS)}")
    if isinstance(given, list) and given:
        values = tuple(_allowed(where, base, name, value) for value in given)
        if len(set(values)) < len(values):
            raise ParamError(f"{where}: {given} names a value twice")
        return Choices(values)
    numeric = isinstance(getattr(base, name), int | float)
    if not isinstance(given, dict) or not numeric:
        raise ParamError(f"{where}: {brief_value(given)} is not allowed; it must be {_VARY}")
    unknown = [str(key) for key in given if key not in ("low", "high", "log")]
    if unknown or not {"low", "high"} <= set(given):
        raise ParamError(
            f"{where}: {brief_value(given)} is not allowed; a range has low, high and log"
        )
    low, high = (_allowed(where, base, name, given[key]) for key in ("low", "high"))
    log = given.get("log", False)
    if not isinstance(log, bool):
        raise ParamError(
            f"{where}: log: {brief_value(log)} is not allowed; it must be true or false"
        )
    if low >= high or (log and low <= 0):
        order = "0 < low < high" if log else "low < high"
        raise ParamError(f"{where}: {brief_value(given)} is not allowed; it must have {order}")
    return Range(low, high, log)


def _allowed(where: str, base: Params, name: str, value: Any) -> Any:
    """Return one value of a param as Params has it; raise ParamError when it allows no such."""
    try:
        return getattr(Params.model_validate(base.model_dump() | {name: value}), name)
    except ValidationError as problem:
        allowed = Params.model_fields[name].description
        raise ParamError(
            f"{where}: {brief_value(value)} is not allowed; it must be {allowed}"
        ) from problem


def _line(path: Path, problem: Any) -> str:
    key = problem["loc"][0]
    if problem["type"] in ("extra_forbidden", "invalid_key"):
        known = ", ".join(Settings.model_fields)
        return f"{path}: {brief_value(key)}: unknown key; the keys are {known}"
    allowed = Settings.model_fields[key].description
    if problem["type"] == "missing":
        return f"{path}: {key}: missing; it must be {allowed}"
    return f"{path}: {key}: {brief_value(problem['input'])} is not allowed; it must be {allowed}"
