"""Folders of people, walked: which files there are, and what is left out and why.

Links are followed. Hidden files, and what an operating system or a file server puts into folders
for itself, are ignored; all else that yields no file is left out, with the reason.
"""

import os
from dataclasses import dataclass
from pathlib import Path

# Compared without case. On a NAS the first ones hold a thumbnail of each picture.
_SYSTEM = frozenset(
    (
        *("@eadir", "@__thumb", "@tmp", "@recycle", "#recycle", "#snapshot"),  # Synology, QNAP
        *("@recently-snapshot", "network trash folder", "temporary items"),
        *("__macosx", "icon\r"),  # macOS: in zip archives, and a folder's icon
        *("$recycle.bin", "recycler", "system volume information", "found.000"),  # Windows
        *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"),
        "lost+found",  # ext4
    )
)


@dataclass(frozen=True)
class Found:
    """What a walk found; paths begin as the walk's own did."""

    files: list[Path]
    left_out: dict[Path, str]  # folders and links that yield no file, and why
    ignored: list[Path]  # hidden and system files and folders


def find_files(paths: list[Path]) -> Found:
    """Return the files of `paths`, and those in folders by name, in folders below them too.

    What is not a folder counts as a file, there or not: whoever opens it has to say so.
    """
    found = Found([], {}, [])
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises when it may not look
            _walk(path, (), found)
        else:
            found.files.append(path)
    return found


def is_ignored(name: str) -> bool:
    """Return whether a file or folder of this name is hidden, or belongs to a system."""
    return name.startswith(".") or name.casefold() in _SYSTEM


def _walk(folder: Path, way: tuple[Path, ...], found: Found) -> None:
    """Add what is in a folder; `way` holds the folders, without links, that led to it."""
    real = Path(os.path.realpath(folder))
    if any(each.is_relative_to(real) for each in way):
        found.left_out[folder] = "a link to a folder that holds it"
        return
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - it is only names that are needed
    except OSError as problem:
        found.left_out[folder] = problem.strerror or str(problem)
        return
    folders = []
    for path in (folder / name for name in names):
        if is_ignored(path.name):
            found.ignored.append(path)
        elif os.path.isdir(path):  # noqa: PTH112
            folders.append(path)
        elif path.is_symlink() and not os.path.exists(path):  # noqa: PTH110
            found.left_out[path] = "a link whose target cannot be reached"
        else:
            found.files.append(path)
    for each in folders:
        _walk(each, (*way, real), found)
