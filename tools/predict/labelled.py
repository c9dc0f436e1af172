"""Pictures whose classes are known: one sub-folder for each class of the model."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.common.catalogue import comparable_name
from stages.common.errors import DataError
from tools.pictures.names import exact, shown
from tools.pictures.walking import Found, find_files, is_ignored


@dataclass(frozen=True)
class Labelled:
    """The files of a folder, and what they show."""

    found: Found
    labels: Mapping[Path, int]  # 0..K-1, of each file
    notes: Sequence[str]  # what else to know


def find_labelled(folder: Path, classes: Sequence[str]) -> Labelled:
    """Return the files in the sub-folders that are named like classes.

    Raises:
        DataError: there is no such folder, or no sub-folder is named like a class.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises when it may not look
        raise DataError(f"{shown(folder)}: there is no such folder")
    found, labels, is_unknown = Found([], {}, []), {}, False
    for path in sorted(folder.iterdir()):
        if is_ignored(path.name):
            found.ignored.append(path)
            continue
        below = find_files([path])
        label = label_of(exact(Path(path.name)), classes)
        if below.files == [path]:
            found.left_out[path] = "in no class's folder"
        elif label is None:
            found.left_out[path] = f"no class has this name; files in it: {len(below.files)}"
            is_unknown = True
        else:
            found.files.extend(below.files)
            found.left_out.update(below.left_out)
            found.ignored.extend(below.ignored)
            labels.update(dict.fromkeys(below.files, label))
    named = f"the classes are {', '.join(classes)}"
    if not labels:
        wrong = "no picture in a folder that is named like a class"
        raise DataError(f"{shown(folder)}: {wrong}; {named}")
    return Labelled(found, labels, [named] if is_unknown else [])


def label_of(name: str, classes: Sequence[str]) -> int | None:
    """Return the class that a folder is named like; None when there is none, or several.

    Case and spacing are forgiven. So are signs, as no folder can be called T-shirt/top.
    """
    for form in (comparable_name, _letters):
        alike = [label for label, each in enumerate(classes) if form(each) == form(name)]
        if alike:
            return alike[0] if len(alike) == 1 else None
    return None


def _letters(name: str) -> str:
    folded = comparable_name(name)
    return "".join(filter(str.isalnum, folded)) or folded
