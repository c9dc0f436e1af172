"""The catalogue's file of an imported dataset: people's, but for what an import says of itself.

steps, classes, files      of the import
all else                   people's: title, license, hub, comments, sources that were added
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from stages.common.catalogue import CATALOGUE, IMPORTED, CatalogueEntry, CatalogueFile, parse_entry
from stages.common.errors import DataError
from stages.common.strict_yaml import parse_yaml, read_yaml


def entry_path(name: str) -> Path:
    """Return the path of the catalogue's file of a dataset."""
    return CATALOGUE / f"{name}.yaml"


def read_entry(name: str) -> CatalogueEntry | None:
    """Return the entry of an imported dataset; None when the catalogue has no such name.

    Raises:
        DataError: the dataset was not imported.
    """
    path = entry_path(name)
    if not path.exists():
        return None
    entry = parse_entry(read_yaml(path, DataError), str(path))
    if str(IMPORTED / name) not in [source.directory for source in entry.sources]:
        raise DataError(f"{path}: this dataset was not imported; take another name")
    return entry


def describe(name: str, content: bytes) -> CatalogueFile:
    """Return what the catalogue says of a file."""
    return CatalogueFile(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def entry_text(name: str, classes: Sequence[str], files: Mapping[str, CatalogueFile]) -> str:
    """Return the text of a dataset's file in the catalogue: the present one, edited.

    Args:
        name: of the dataset.
        classes: the class names.
        files: the IDX files by their keys in the catalogue.

    Raises:
        DataError: a class name is not allowed, or the file that is there cannot be edited.
    """
    path, known = entry_path(name), read_entry(name)
    text = f"title: {name}, imported pictures\nsources:\n  - directory: {IMPORTED / name}\n"
    if known:
        text = path.read_text(encoding="utf-8")
    new = {"steps": "whole", "classes": list(classes), "files": dict(files)}
    for key, block in _blocks(classes, files).items():
        if not known or getattr(known, key) != new[key]:
            text = _with_block(text, key, block)
    entry = parse_entry(parse_yaml(text.encode(), str(path), DataError), str(path))
    if known and entry != known.model_copy(update=new):
        raise DataError(
            f"{path}: a form that the import cannot edit; begin each key on its own line"
        )
    return text


def _blocks(classes: Sequence[str], files: Mapping[str, CatalogueFile]) -> dict[str, str]:
    """Return the keys of the import, each as YAML. Names are quoted: a plain 08 is a number."""
    listed = "".join(
        f'  {key}:\n    name: {file.name}\n    bytes: {file.bytes}\n    sha256: "{file.sha256}"\n'
        for key, file in files.items()
    )
    return {
        "steps": "steps: whole\n",
        "classes": f"classes: {json.dumps(list(classes), ensure_ascii=False)}\n",
        "files": f"files:\n{listed}",
    }


def _with_block(text: str, key: str, block: str) -> str:
    """Return a YAML text with the block of a top-level key replaced, or put before the sources."""
    text = f"{text.rstrip()}\n"
    present = rf"(?m)^{key}:.*\n(?:[ \t\-\]}}].*\n)*"
    place = present if re.search(present, text) else r"(?m)^(?=sources:)"
    return re.sub(place, lambda _: block, text, count=1)
