"""Tests of tools/pictures/walking.py, on real folders."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.support.users import ordinary_user
from tools.pictures.walking import Found, find_files

LOOP = "a link to a folder that holds it"
NOWHERE = "a link whose target cannot be reached"


def put(folder: Path, *names: str) -> None:
    """Make empty files, and the folders in which they lie."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names(found: Found, folder: Path) -> tuple[list[str], dict[str, str], list[str]]:
    """Return what was found, by the paths in the folder."""
    left_out = {str(path.relative_to(folder)): why for path, why in found.left_out.items()}
    files, ignored = (
        [str(path.relative_to(folder)) for path in paths] for paths in (found.files, found.ignored)
    )
    return files, left_out, ignored


def test_folders_are_walked_by_name(tmp_path: Path) -> None:
    """The files of a folder come by name, then those in the folders below; a file is itself."""
    put(tmp_path, "b/2.png", "b/1.png", "a.png", "c/d/e.png")
    found = find_files([tmp_path, tmp_path / "nowhere", tmp_path / "c"])
    files = ["a.png", "b/1.png", "b/2.png", "c/d/e.png", "nowhere", "c/d/e.png"]
    assert names(found, tmp_path) == (files, {}, [])


@pytest.mark.parametrize(
    "folder",
    [
        *("@eaDir", "@EADIR", "@__thumb", "#recycle", "@Recycle", "$RECYCLE.BIN", "__MACOSX"),
        *("System Volume Information", "lost+found", ".ipynb_checkpoints", ".Trashes"),
    ],
)
def test_what_systems_put_into_folders_is_ignored(tmp_path: Path, folder: str) -> None:
    """Thumbnails, recycle bins, and hidden files are not the user's pictures, unless named."""
    put(tmp_path, "cat/1.png", f"cat/{folder}/1.png", f"{folder}/cat/2.png")
    put(tmp_path, "Thumbs.db", ".DS_Store", "cat/desktop.ini", "cat/._1.png")
    files, left_out, ignored = names(find_files([tmp_path]), tmp_path)
    assert (files, left_out) == (["cat/1.png"], {})
    assert sorted(ignored) == sorted(
        [folder, f"cat/{folder}", "Thumbs.db", ".DS_Store", "cat/desktop.ini", "cat/._1.png"]
    )
    assert names(find_files([tmp_path / folder]), tmp_path)[0] == [f"{folder}/cat/2.png"]


def test_links_are_followed(tmp_path: Path) -> None:
    """A link to a folder or a file counts as what it leads to; one that leads nowhere is named."""
    put(tmp_path, "photos/1.png", "elsewhere/2.png", "elsewhere/below/3.png")
    (tmp_path / "photos/more").symlink_to("../elsewhere")
    (tmp_path / "photos/4.png").symlink_to(tmp_path / "elsewhere/2.png")
    (tmp_path / "photos/5.png").symlink_to("gone.png")
    (tmp_path / "photos/6.png").symlink_to("6.png")
    files, left_out, _ = names(find_files([tmp_path / "photos"]), tmp_path / "photos")
    assert files == ["1.png", "4.png", "more/2.png", "more/below/3.png"]
    assert left_out == {"5.png": NOWHERE, "6.png": NOWHERE}


@pytest.mark.parametrize("target", [".", "..", "../..", "/", "../../other"])
def test_a_loop_of_links_is_noticed(tmp_path: Path, target: str) -> None:
    """A link to a folder that holds it, directly or by another link, is left out, and said."""
    put(tmp_path, "photos/below/1.png", "other/2.png")
    (tmp_path / "other/back").symlink_to("../photos")
    (tmp_path / "photos/below/again").symlink_to(target)
    files, left_out, _ = names(find_files([tmp_path / "photos"]), tmp_path / "photos/below")
    by_another = target == "../../other"
    assert files == (["1.png", "again/2.png"] if by_another else ["1.png"])
    assert left_out == {"again/back" if by_another else "again": LOOP}


def test_a_folder_that_cannot_be_read_is_left_out() -> None:
    """The rest is found, and the reason is the system's."""
    with ordinary_user(), tempfile.TemporaryDirectory() as made:  # tmp_path is closed to others
        folder = Path(made)
        put(folder, "cat/1.png", "dog/2.png", "dog/below/3.png")
        (folder / "cat/4.png").symlink_to(folder / "dog/below/3.png")
        (folder / "dog/below").chmod(0)
        below = find_files([folder])
        (folder / "dog").chmod(0)
        named = find_files([folder / "cat", folder / "dog", folder / "dog/below"])
        (folder / "dog").chmod(0o700)
        (folder / "dog/below").chmod(0o700)
    closed = "Permission denied"
    assert names(below, folder) == (
        ["cat/1.png", "dog/2.png"],
        {"cat/4.png": NOWHERE, "dog/below": closed},
        [],
    )
    assert names(named, folder) == (
        ["cat/1.png", "dog/below"],
        {"cat/4.png": NOWHERE, "dog": closed},
        [],
    )


def test_what_is_no_file_is_for_the_reader_to_refuse(tmp_path: Path) -> None:
    """A named pipe is found like a file: it is not opened here."""
    os.mkfifo(tmp_path / "pipe")
    assert find_files([tmp_path]).files == [tmp_path / "pipe"]
