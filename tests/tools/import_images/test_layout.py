"""Tests of tools/import_images/layout.py: which folders are those of classes."""

from pathlib import Path

import pytest

from stages.common.errors import DataError
from tools.import_images.layout import find_classes

PAIR = ("crow", "tit")


def make(folder: Path, *names: str) -> Path:
    """Make folders, and files where a name has a dot; return the folder that holds them."""
    for name in names:
        path = folder / name
        (path.parent if "." in path.name.lstrip(".") else path).mkdir(parents=True, exist_ok=True)
        if "." in path.name.lstrip("."):
            path.touch()
    return folder


def below(*parts: str) -> list[str]:
    """Return the folders of both classes in each part of a split."""
    return [f"{part}/{name}" for part in parts for name in PAIR]


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        (["tit", "crow"], ["crow:", "tit:"]),
        (["10", "9", "2b"], ["2b:", "9:", "10:"]),
        (below("test", "train"), ["crow:test", "crow:train", "tit:test", "tit:train"]),
        (below("Training", "VALID"), ["crow:Training", "crow:VALID", "tit:Training", "tit:VALID"]),
        (
            ["crow/train", "crow/test", "tit/train", "tit/test"],
            ["crow:test", "crow:train", "tit:test", "tit:train"],
        ),
        (["train/1.png", "test/1.png"], ["test:", "train:"]),  # two classes of those names
        (["train/1.png", "bus/1.png"], ["bus:", "train:"]),
        (["crow/train", "tit"], ["crow:", "tit:"]),
    ],
)
def test_classes_are_found_with_their_split(
    tmp_path: Path, folders: list[str], found: list[str]
) -> None:
    """A folder is a class, unless it is one of a split that holds those of the classes."""
    layout = find_classes(make(tmp_path, *folders))
    assert sorted(f"{each.name}:{each.split}" for each in layout.folders) == sorted(found)
    assert list(layout.classes) == list(dict.fromkeys(each.split(":")[0] for each in found))


def test_what_is_beside_the_classes_is_found(tmp_path: Path) -> None:
    """Loose files are listed at each level, and system folders are neither classes nor splits."""
    make(tmp_path, *below("train", "test"), "1.png", "test/2.png", "@eaDir/crow", "train/__MACOSX")
    make(tmp_path, ".git", "lost+found")
    layout = find_classes(tmp_path)
    assert layout.classes == PAIR
    assert [str(path.relative_to(tmp_path)) for path in layout.loose] == ["1.png", "test/2.png"]
    assert len(layout.ignored) == 4


@pytest.mark.parametrize(
    ("folders", "reason"),
    [
        ([], "0 sub-folders; it must have one for each of 2 to 256 classes"),
        (["crow", ".hidden", "@eaDir"], "1 sub-folder; it must have"),
        ([str(number) for number in range(257)], "257 sub-folders; it must have"),
        ([*below("train", "test"), "wren"], r"/test has folders, .*/wren is beside it: move the"),
        ([*below("train"), "test/crow"], "test has no folder of the class 'tit'"),
        ([*below("test"), "train/crow"], "train has no folder of the class 'tit'"),
        ([*below("test", "train"), "val/wren"], "train has no folder of the class 'wren'"),
        (below("test", "val"), "test, val and no train/"),
        (below("test", "train", "Train"), "Train/ and train/ are one part; put them together"),
        (["w" * 101, "crow"], r"w{101}: the name of a class: it must have 1 to 100 .*; rename it"),
        (["crow", "Crow"], "two classes look alike: 'Crow' and 'crow'; rename one, or put"),
        (["crow", "crow "], "two classes look alike: 'crow' and 'crow '"),
        (["train/crow", "train/tit", "test/crow", "test/TIT"], "look alike: 'TIT' and 'tit'"),
    ],
)
def test_what_is_not_clear_is_refused(tmp_path: Path, folders: list[str], reason: str) -> None:
    """Too few classes or too many, a mixture, and parts that lack classes are each one line."""
    with pytest.raises(DataError, match=reason) as caught:
        find_classes(make(tmp_path / "birds", ".", *folders))
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is one line."""
    with pytest.raises(DataError, match="nowhere: there is no such folder"):
        find_classes(tmp_path / "nowhere")
