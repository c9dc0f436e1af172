"""The params of the pipeline: what each may be, and the one loader that every stage calls first."""

import difflib
import reprlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stages.common.errors import ParamError
from stages.common.strict_yaml import read_yaml

PARAMS_FILE = Path("params.yaml")


class Params(BaseModel):
    """params.yaml, validated. Each description ends the sentence "it must be ..."."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    dataset: Annotated[
        str, Field(min_length=1, description="the name of a dataset in data/datasets/")
    ]
    # 2**31 - 1 is the largest seed that mx.random.seed takes.
    seed: Annotated[int, Field(ge=0, lt=2**31, description="a whole number from 0 to 2147483647")]
    val_fraction: Annotated[float, Field(ge=0, le=0.9, description="a number from 0 to 0.9")]
    batch_size: Annotated[
        int, Field(ge=1, le=1_000_000, description="a whole number from 1 to 1000000")
    ]
    epochs: Annotated[int, Field(ge=1, le=100_000, description="a whole number from 1 to 100000")]
    lr: Annotated[float, Field(gt=0, le=100, description="a number above 0 and at most 100")]
    momentum: Annotated[float, Field(ge=0, lt=1, description="a number from 0 to below 1")]
    weight_decay: Annotated[float, Field(ge=0, le=10, description="a number from 0 to 10")]
    lr_schedule: Annotated[Literal["constant", "cosine"], Field(description="constant or cosine")]
    patience: Annotated[
        int, Field(ge=0, le=100_000, description="a whole number from 0 (off) to 100000")
    ]
    device: Annotated[Literal["auto", "cpu", "gpu"], Field(description="auto, cpu or gpu")]


# How a model is trained. The others choose the data, the draw or the machine.
TRAINING_PARAMS = tuple(
    sorted(Params.model_fields.keys() - {"dataset", "device", "seed", "val_fraction"})
)


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Return the validated params of the file at `path`.

    Raises:
        ParamError: one line for each problem, naming the key, its value and what is allowed.
    """
    values = read_yaml(path, ParamError)
    if not isinstance(values, dict):
        found = "empty" if values is None else f"a {type(values).__name__}"
        wrong = f"it must hold `key: value` lines, and is {found}"
        raise ParamError(f"{path}: {wrong}; `git restore {path}` restores it")
    try:
        params = Params.model_validate(values)
    except ValidationError as problems:
        raise ParamError(
            "\n".join(_line(path, problem) for problem in problems.errors())
        ) from problems
    if params.patience and not params.val_fraction:
        raise ParamError(
            f"{path}: patience: {params.patience} needs a validation split to look at; "
            "set val_fraction above 0, or patience to 0"
        )
    return params


def _line(path: Path, problem: Any) -> str:
    key = problem["loc"][0]
    if problem["type"] in ("extra_forbidden", "invalid_key"):
        near = difflib.get_close_matches(str(key), Params.model_fields, n=1)
        hint = (
            f"did you mean {near[0]}?"
            if near
            else f"the params are {', '.join(Params.model_fields)}"
        )
        name = key if str(key).isidentifier() and len(key) <= 40 else brief_value(key)
        return f"{path}: {name}: unknown param; {hint}"
    allowed = Params.model_fields[key].description
    if problem["type"] == "missing":
        return f"{path}: {key}: missing; it must be {allowed}"
    return f"{path}: {key}: {brief_value(problem['input'])} is not allowed; it must be {allowed}"


def brief_value(value: object) -> str:
    """Return `value` on one short line: a few YAML aliases can stand for a billion values."""
    if value is None:
        return "an empty value"
    brief = reprlib.Repr()
    brief.maxlevel, brief.maxlist, brief.maxdict = 2, 3, 3
    brief.maxstring = brief.maxother = brief.maxlong = 60
    return brief.repr(value)
