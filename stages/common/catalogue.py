"""The catalogue of datasets: the files of each, their digests and sources.

Each dataset is a file, data/datasets/NAME.yaml. A stage depends on the file of the dataset
that it uses, so that adding or editing another one reruns nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from stages.common.errors import DataError, ParamError
from stages.common.strict_yaml import read_yaml

CATALOGUE = Path("data/datasets")
IMPORTED = Path("data/local")  # the files of imported datasets: NAME/ and, for DVC, NAME.dvc
FILE_KEYS = ("train_images", "train_labels", "test_images", "test_labels")

# Control characters, line and paragraph separators, and halves of surrogate pairs.
_BREAKING_CATEGORIES = {"Cc", "Zl", "Zp", "Cs"}


def _match(pattern: str, what: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"it must be {what}")
        return text

    return AfterValidator(check)


def _check_class_name(name: str) -> str:
    if not 1 <= len(name) <= 100:
        raise ValueError("it must have 1 to 100 characters")
    if _BREAKING_CATEGORIES & set(map(unicodedata.category, name)):
        raise ValueError("it must be without control characters and line breaks")
    return name


def comparable_name(name: str) -> str:
    """Return a class name without what people overlook: case, spacing, and forms of Unicode."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return " ".join(unicodedata.normalize("NFD", folded).split())


def check_names_differ(names: Iterable[str]) -> None:
    """Raise ValueError when two class names look alike."""
    seen: dict[str, str] = {}
    for name in names:
        key = comparable_name(name)
        if key in seen:
            forms = {unicodedata.normalize("NFC", each) for each in (seen[key], name)}
            how = ", in two forms of Unicode" if len(forms) == 1 and seen[key] != name else ""
            raise ValueError(f"two classes look alike: {seen[key]!r} and {name!r}{how}")
        seen[key] = name


# The name becomes part of a path and of a URL, and must not lead out of the folder.
_FILE_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_FileName = Annotated[
    str, _match(_FILE_NAME, "a letter or digit, then letters, digits, '.', '_' or '-'")
]
# The name is an argument of apt-get, and must not be an option.
_PackageName = Annotated[str, _match(r"[a-z0-9][a-z0-9+.-]+", "the name of a Debian package")]
_Sha256 = Annotated[str, _match(r"[0-9a-f]{64}", "64 hexadecimal digits, in lower case")]
_License = Annotated[str, _match(r"[a-z0-9.-]+", "an SPDX name in lower case")]
_HubName = Annotated[str, _match(r"[\w.-]+/[\w.-]+", "OWNER/NAME")]
_ClassName = Annotated[str, AfterValidator(_check_class_name)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CatalogueFile(_Record):
    """One IDX file: its name, and the size and SHA-256 of its decompressed bytes."""

    name: _FileName
    bytes: Annotated[int, Field(gt=0)]
    sha256: _Sha256


class Source(_Record):
    """Where the files are: a directory, a base URL, or a directory of a Debian package."""

    directory: Annotated[str, Field(min_length=1)] | None = None
    url: Annotated[str, Field(min_length=1)] | None = None
    debian: _PackageName | None = None

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Source":
        given = {key for key, value in self if value is not None}
        if given not in ({"directory"}, {"url"}, {"debian", "directory"}):
            raise ValueError("a source is `directory`, `url`, or `debian` with `directory`")
        return self

    @property
    def name(self) -> str:
        """What to call it in a message: the host of a URL, without its password."""
        if self.url:
            return re.sub(r"^\w+://([^/?#]*@)?([^/?#]+).*", r"\2", self.url)
        return f"Debian package {self.debian}" if self.debian else str(self.directory)


class CatalogueEntry(_Record):
    """One dataset of the catalogue."""

    title: str
    license: _License | None = None
    hub: _HubName | None = None
    steps: Literal["object", "whole"] = "whole"  # as `Steps` of dataset.py
    classes: Annotated[list[_ClassName], Field(min_length=2, max_length=256)]
    files: dict[str, CatalogueFile]
    sources: list[Source]

    @model_validator(mode="after")
    def _has_each_file_and_class_once(self) -> "CatalogueEntry":
        if set(self.files) != set(FILE_KEYS):
            raise ValueError(f"files must be {', '.join(FILE_KEYS)}")
        check_names_differ(self.classes)
        return self


def load_entry(dataset: str, catalogue: Path = CATALOGUE) -> CatalogueEntry:
    """Return the entry of `dataset`.

    Raises:
        ParamError: the catalogue has no dataset of that name.
        DataError: the file cannot be read, or the entry is wrong; the line names the place.
    """
    files = {path.stem: path for path in sorted(catalogue.glob("*.yaml"))}
    if dataset not in files:
        known = ", ".join(files) or f"there is none; `git restore {catalogue}`"
        allowed = f"it must be a name in {catalogue}/: {known}"
        raise ParamError(f"params.yaml: dataset: {dataset!r} is not allowed; {allowed}")
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
        place = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] == "string_type":  # a class that is called 7, or null
            reason = f"{first['input']!r} is not text; put it in quotes"
        raise DataError(": ".join(filter(None, (name, place, reason)))) from problems
