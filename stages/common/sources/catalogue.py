"""The catalogue of datasets: which files a dataset has, their digests and sources.

Each dataset is a file, data/datasets/NAME.yaml. A stage depends on the file of the dataset that it
uses: adding or editing another one reruns nothing.
"""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from stages.common.errors import DataError, ParamError
from stages.common.strict_yaml import read_yaml

CATALOGUE = Path("data/datasets")
FILE_KEYS = ("train_images", "train_labels", "test_images", "test_labels")


def _matching(pattern: str, what: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"it must be {what}")
        return text

    return AfterValidator(check)


# The name becomes part of a path and of a URL: nothing that could leave the folder.
_FileName = Annotated[
    str,
    _matching(
        r"[A-Za-z0-9][A-Za-z0-9._-]*", "a letter or digit, then letters, digits, '.', '_' or '-'"
    ),
]
# The name is an argument of apt-get: nothing that is an option.
_PackageName = Annotated[str, _matching(r"[a-z0-9][a-z0-9+.-]+", "the name of a Debian package")]
_Sha256 = Annotated[str, _matching(r"[0-9a-f]{64}", "64 hexadecimal digits, in lower case")]
# Class names stand in CSV cells and in terminals.
_ClassName = Annotated[
    str,
    _matching(
        r'[^,"\x00-\x1f\x7f]{1,40}', "1 to 40 characters, without commas, quotes and line breaks"
    ),
]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CatalogueFile(_Record):
    """One IDX file: its name and the size and SHA-256 of its decompressed bytes."""

    name: _FileName
    bytes: Annotated[int, Field(gt=0)]
    sha256: _Sha256


class Source(_Record):
    """Where the files may be had: a directory, a base URL, or a directory of a Debian package."""

    directory: Annotated[str, Field(min_length=1)] | None = None
    url: Annotated[str, Field(min_length=1)] | None = None
    debian: _PackageName | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Source":
        given = {key for key, value in self if value is not None}
        if given not in ({"directory"}, {"url"}, {"debian", "directory"}):
            raise ValueError("a source is `directory`, `url`, or `debian` with `directory`")
        return self


class CatalogueEntry(_Record):
    """One dataset of the catalogue."""

    title: str
    license: Annotated[str, _matching(r"[a-z0-9.-]+", "an SPDX name in lower case")] | None = None
    hub: Annotated[str, _matching(r"[\w.-]+/[\w.-]+", "OWNER/NAME")] | None = None
    classes: Annotated[list[_ClassName], Field(min_length=2, max_length=256)]
    files: dict[str, CatalogueFile]
    sources: list[Source]

    @model_validator(mode="after")
    def _has_each_file_and_class_once(self) -> "CatalogueEntry":
        if set(self.files) != set(FILE_KEYS):
            raise ValueError(f"files must be {', '.join(FILE_KEYS)}")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("two classes have the same name")
        return self


def load_entry(dataset: str, catalogue: Path = CATALOGUE) -> CatalogueEntry:
    """Return the entry of `dataset`.

    Raises:
        ParamError: the catalogue has no dataset of that name.
        DataError: the file cannot be read, or the entry is wrong; the line names the place.
    """
    files = {path.stem: path for path in sorted(catalogue.glob("*.yaml"))}
    if dataset not in files:
        raise ParamError(
            f"params.yaml: dataset: {dataset!r} is not allowed; it must be a name in {catalogue}/: "
            + (", ".join(files) or f"there is none; `git restore {catalogue}`")
        )
    return parse_entry(read_yaml(files[dataset], DataError), str(files[dataset]))


def parse_entry(content: Any, name: str) -> CatalogueEntry:
    """Return the entry that the YAML file `name` holds.

    Raises:
        DataError: the entry is wrong; the line names the file and the place.
    """
    try:
        return CatalogueEntry.model_validate(content)
    except ValidationError as problems:
        first: Any = problems.errors()[0]
        place = "".join(f"{part}." for part in first["loc"]).removesuffix(".")
        message = first["msg"].removeprefix("Value error, ")
        raise DataError(": ".join(filter(None, (name, place, message)))) from problems
