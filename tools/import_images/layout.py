"""Where the classes of a folder are.

birds/crow/                            one folder for each class: the import draws the split
birds/train/crow/  birds/test/crow/    a split that somebody made: it is kept
birds/crow/train/  birds/crow/test/    the same
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stages.common.catalogue import CatalogueEntry, check_names_differ
from stages.common.errors import DataError
from tools.pictures.names import exact, shown
from tools.pictures.walking import is_ignored

# What a folder of a split may be called, in any case.
PARTS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "val",
    "valid": "val",
    "validation": "val",
}
# What the catalogue allows as the names of classes.
_names: Any = CatalogueEntry.model_fields["classes"].annotation


@dataclass(frozen=True)
class ClassFolder:
    """A folder with pictures of one class."""

    path: Path
    name: str  # of the class
    split: str = ""  # the name of the split's folder, such as Train


@dataclass(frozen=True)
class Layout:
    """The folders of the classes, and what is beside them."""

    folders: list[ClassFolder] = field(default_factory=list)
    loose: list[Path] = field(default_factory=list)  # files in no class's folder
    ignored: list[Path] = field(default_factory=list)  # hidden and system files and folders

    @property
    def classes(self) -> tuple[str, ...]:
        """[K] names; `2` comes before `10`."""
        names = {each.name for each in self.folders}
        return tuple(sorted(names, key=lambda name: (_natural(name), name)))

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the split's folders, such as test and train; empty where there are none."""
        return tuple(sorted({each.split for each in self.folders if each.split}))


def part_of(split: str) -> str:
    """Return "train", "test" or "val" for the name of a split's folder, else ""."""
    return PARTS.get(split.casefold(), "")


def find_classes(folder: Path) -> Layout:
    """Return the classes of a folder.

    Raises:
        DataError: there are fewer than 2 classes or more than 256, a name is not allowed, two look
            alike, a part of the split lacks a class, or classes stand beside the split's folders.
    """
    if not folder.is_dir():
        raise DataError(f"{shown(folder)}: there is no such folder")
    found = Layout()
    top = _look(folder, found)
    splits = [each for each in top if _is_split(each)]
    if splits and len(splits) < len(top):
        other = next(each for each in top if each not in splits)
        beside = f"{shown(splits[0])} has folders, as one of a split; {shown(other)} is beside it"
        raise DataError(f"{beside}: move the classes into the split's folders, or rename those")
    if splits:
        below = [(part, each) for part in splits for each in _look(part, found)]
        found.folders.extend(ClassFolder(each, _class_of(each), part.name) for part, each in below)
    elif top and all(_is_divided(each) for each in top):
        below = [(each, part) for each in top for part in _look(each, found)]
        found.folders.extend(ClassFolder(part, _class_of(each), part.name) for each, part in below)
    else:
        found.folders.extend(ClassFolder(each, _class_of(each)) for each in top)
    _check_names(folder, found.classes)
    _check_splits(folder, found)
    return found


def _look(folder: Path, found: Layout) -> list[Path]:
    """Return the sub-folders of a folder, and add to `found` what else is in it."""
    folders = []
    for path in sorted(folder.iterdir()):
        if is_ignored(path.name):
            found.ignored.append(path)
        elif path.is_dir():
            folders.append(path)
        else:
            found.loose.append(path)
    return folders


def _class_of(folder: Path) -> str:
    """Return the name of the class whose pictures are in a folder."""
    return exact(Path(folder.name))


def _is_split(folder: Path) -> bool:
    """Return whether a folder is one of a split: `train` with pictures in it is a class."""
    return bool(part_of(folder.name)) and bool(_look(folder, Layout()))


def _is_divided(folder: Path) -> bool:
    """Return whether a class's folder holds the folders of a split and nothing else."""
    inside = Layout()
    below = _look(folder, inside)
    parts = {part_of(each.name) for each in below}
    return {"train", "test"} <= parts and "" not in parts and not inside.loose


def _check_names(folder: Path, classes: tuple[str, ...]) -> None:
    if not 2 <= len(classes) <= 256:
        count = f"{len(classes)} sub-folder{'' if len(classes) == 1 else 's'}"
        raise DataError(f"{shown(folder)}: {count}; it must have one for each of 2 to 256 classes")
    for name in classes:
        _check_name(folder / name)
    try:
        check_names_differ(classes)
    except ValueError as problem:
        raise DataError(f"{shown(folder)}: {problem}; rename one, or put them together") from None


def _check_name(folder: Path) -> None:
    try:
        TypeAdapter(_names).validate_python([folder.name])
    except ValidationError as problem:
        reason = problem.errors()[0]["msg"].removeprefix("Value error, ")
        raise DataError(f"{shown(folder)}: the name of a class: {reason}; rename it") from problem


def _check_splits(folder: Path, found: Layout) -> None:
    """Raise DataError when the folders of a split do not have the same classes."""
    parts: dict[str, str] = {}
    for name in found.splits:
        other = parts.setdefault(part_of(name), name)
        if other != name:
            raise DataError(
                f"{shown(folder)}: {other}/ and {name}/ are one part; put them together"
            )
    if not parts:
        return
    if "train" not in parts:
        raise DataError(f"{shown(folder)}: {', '.join(found.splits)} and no train/")
    for split in (parts["train"], parts.get("test", parts["train"])):
        held = {each.name for each in found.folders if each.split == split}
        lacking = [name for name in found.classes if name not in held]
        if lacking:
            raise DataError(f"{shown(folder)}: {split} has no folder of the class {lacking[0]!r}")


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)  # words and numbers in turn
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
