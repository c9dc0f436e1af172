"""dvc.lock: what each stage read and wrote, with the digests of all files, as DVC records it."""

from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yaml.composer import Composer

from stages.common.errors import DataError

LOCK = "dvc.lock"


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Entry(_Part):
    """A file or a folder, and its digest."""

    path: str
    md5: str


class Stage(_Part):
    """One stage; every value is text."""

    cmd: str
    deps: list[Entry] = []
    outs: Annotated[list[Entry], Field(min_length=1)]
    params: dict[str, dict[str, str]] = {}  # by file


class Lock(_Part):
    """The stages of a run."""

    stages: dict[str, Stage]  # by name

    @property
    def written(self) -> dict[str, str]:
        """The digest of each file and folder that the stages wrote, by path."""
        return {out.path: out.md5 for stage in self.stages.values() for out in stage.outs}

    def params(self, file: str) -> dict[str, str]:
        """Return the params of a file that the stages read, by name, each value as text."""
        read = [stage.params.get(file, {}) for stage in self.stages.values()]
        return {name: value for params in read for name, value in params.items()}


class _Loader(Composer, yaml.CBaseLoader):
    """Reads YAML ten times as fast as PyYAML's own loader; all scalars stay text.

    libyaml parses, but does not compose: its composer recurses in C, and crashes on deep nesting.
    """

    def __init__(self, content: bytes) -> None:
        yaml.CBaseLoader.__init__(self, content)
        Composer.__init__(self)


def parse_lock(content: bytes, name: str = LOCK) -> Lock:
    """Return what the bytes of a dvc.lock hold; raise DataError with `name` when it is damaged."""
    try:
        return Lock.model_validate(yaml.load(content, Loader=_Loader))  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        raise DataError(f"{name}: not valid YAML") from problem
    except ValidationError as problems:
        first = problems.errors(include_url=False, include_input=False)[0]
        place = " ".join(".".join(map(str, first["loc"])).split())[:60]
        raise DataError(f"{name}: {place}: {first['msg']}") from problems
