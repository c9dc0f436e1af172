"""Tests of tools/import_images: folders of pictures in, a dataset of the catalogue out."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.common.catalogue import load_entry
from stages.common.errors import DataError
from stages.common.params import Params
from tests.support.birds import imported, listed, photograph, write_birds
from tests.support.pictures import write_odd_pictures
from tests.support.project import PARAMS
from tools.import_images.__main__ import arguments, import_folder
from tools.import_images.report import describe_next


def run_import(folder: Path, *options: str, name: str = "birds") -> None:
    """Import a folder; DVC tracks nothing."""
    import_folder(arguments([str(folder), "--name", name, *options]))


def test_folders_become_a_dataset_of_the_catalogue(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each picture is where pictures.csv says; the digests, classes and counts are right."""
    birds = write_birds(here / "my birds")
    run_import(birds, "--size", "24x32", "--test-share", "0.3")
    train, train_labels, test, test_labels = imported("birds")
    assert train.shape[1:] == test.shape[1:] == (24, 32)
    entry = load_entry("birds")
    assert (entry.classes, entry.steps) == (["crow", "tit"], "whole")
    for file in entry.files.values():
        content = Path("data/local/birds", file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    images = {"train": (train, train_labels), "test": (test, test_labels)}
    rows = listed("birds")
    assert len({row["picture"] for row in rows}) == len(rows) == len(train) + len(test) == 20
    for row in rows:
        array, labels = images[row["split"]]
        image = array[int(row["row"])]
        assert entry.classes[labels[int(row["row"])]] == row["class"]
        assert row["picture"].startswith(f"{row['class']}/")
        assert row["digest"] == hashlib.blake2b(image.tobytes(), digest_size=8).hexdigest()
        with Image.open(birds / row["picture"]) as picture:
            grey = np.asarray(picture.convert("L"), float)
        assert abs(image.mean() - grey.mean()) < 12  # the right one, padded
    printed = capsys.readouterr().out
    sides = f"{len(train)} for training, {len(test)} for testing"
    assert printed.startswith(f"birds: 20 images of 24 x 32, {sides}\n")
    for label, name in enumerate(entry.classes):
        counts = [int((labels == label).sum()) for labels in (train_labels, test_labels)]
        assert f"  {name:4}  {counts[0]} for training, {counts[1]} for testing\n" in printed
    assert "split: by digest, --test-share 0.3 --seed 0\n" in printed


def test_the_same_pictures_and_seed_give_the_same_bytes(here: Path) -> None:
    """The split depends on the seed, and not on when or in which order the files were written."""
    write_birds(here / "birds")
    other = here / "again"
    for path in sorted((here / "birds").rglob("*.*"), reverse=True):
        copy = other / path.relative_to(here / "birds")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    run_import(here / "birds", name="one")
    run_import(other, name="two")
    run_import(other, "--seed", "1", name="three")
    assert load_entry("one").files == load_entry("two").files
    assert load_entry("one").files["test_images"] != load_entry("three").files["test_images"]


def test_a_split_of_the_folders_is_taken(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Train and test stay as they are, and a picture in both is named."""
    for start, part in enumerate(("train", "valid", "Test")):
        write_birds(here / "birds" / part, each=4, start=4 * start)
    write_birds(here / "birds/Test", each=1)
    run_import(here / "birds")
    for row in listed("birds"):
        assert row["split"] == ("test" if row["picture"].startswith("Test/") else "train")
    printed = capsys.readouterr().out
    assert "  crow  8 for training, 5 for testing\n" in printed
    assert "split: as the folders say, train/ and valid/ for training, Test/ for testing" in printed
    assert "near-duplicates across training and testing: 2\n" in printed
    assert "  Test/crow/0.png and train/crow/0.png\n" in printed


def test_nothing_is_left_out_or_assumed_without_a_word(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be read, is in no class's folder, or had to be guessed is counted and named."""
    birds = write_birds(here / "birds", classes=("plain", "wren"), each=3)
    blank = {"line.png": "blank", "one-pixel.png": "blank"}
    refused = write_odd_pictures(birds / "odd") | blank
    photograph(5).save(birds / "loose.png")
    photograph(6).save(here / "elsewhere.png")
    (birds / "wren/linked.png").symlink_to(here / "elsewhere.png")
    (birds / "wren/broken.png").symlink_to("nowhere.png")
    (birds / "wren/@eaDir").mkdir()
    photograph(7).save(birds / "wren/@eaDir/0.png")
    photograph(5000).save(birds / "plain/wren.png")
    photograph(5000).save(birds / "wren/wren.png")
    run_import(birds)
    rows = {row["picture"]: row["left_out_because"] for row in listed("birds")}
    left_out = {name: why for name, why in rows.items() if why}
    expected = {f"odd/{name}" for name in refused} | {"loose.png", "wren/broken.png"}
    assert set(left_out) == expected
    assert left_out["loose.png"] == "in no class's folder"
    assert rows["wren/linked.png"] == ""
    assert len(rows) - len(left_out) == sum(map(len, imported("birds")[1::2]))
    printed = capsys.readouterr().out
    assert f"left out: {len(expected)}\n" in printed
    assert f"  and {len(expected) - 10} more, in pictures.csv\n" in printed
    assert "  loose.png: in no class's folder\n" in printed
    assert "ignored: 1 hidden" in printed
    assert "read as 12 bits, not 16: 1\n  odd/12-bit.png\n" in printed
    pair = "  wren/wren.png and plain/wren.png\n"
    assert f"near-duplicates in different classes: 1\n{pair}" in printed


def test_names_of_files_are_listed_as_they_are(here: Path) -> None:
    """pictures.csv is for programs: each name in it opens the file, if UTF-8 can hold it."""
    names = ("a\u202fb.png", "a\u00a0b.png", 'say "hi",\n.png', "鳥\u200d.png", "\x1b[2J.png")
    for number, name in enumerate((*names, os.fsdecode(b"\xff.png"))):
        for label, bird in enumerate(("crow", "tit")):
            (here / "birds" / bird).mkdir(parents=True, exist_ok=True)
            photograph(100 * label + number).save(here / "birds" / bird / name, "PNG")
    run_import(here / "birds")
    found = {row["picture"].removeprefix("tit/") for row in listed("birds")}
    assert set(names) | {"\\xff.png"} <= found


def test_class_names_of_any_script_and_like_numbers_stay_text(here: Path) -> None:
    """`08`, `no`, `1e5`, quotes, commas and other scripts are the names of classes."""
    names = ("08", "1e5", 'a "b", c', "no", "null", "鳥", "$x$", "10", "9", "w" * 100)
    run_import(write_birds(here / "birds", each=2, classes=names))
    classes = load_entry("birds").classes
    assert sorted(classes) == sorted(names)
    assert [name for name in classes if name.isdecimal()] == ["08", "9", "10"]


def test_a_class_without_pictures_is_refused(here: Path) -> None:
    """A class whose pictures are all refused, or of one, is named with the first reason."""
    birds = write_birds(here / "birds")
    (birds / "wren").mkdir()
    for number in range(3):
        (birds / f"wren/{number}.heic").write_bytes(b"a kind that Pillow does not read")
    line = r"wren: 0 readable pictures; .* \(3 left out, the first wren/0\.heic: not a picture"
    with pytest.raises(DataError, match=line):
        run_import(birds)
    photograph(1).save(birds / "wren/1.png")
    with pytest.raises(DataError, match="wren: 1 readable pictures; a class needs one for"):
        run_import(birds)
    assert not Path("data").exists()


def test_the_catalogue_s_file_is_people_s(here: Path) -> None:
    """Title, license, hub, comments and added sources stay when other pictures are imported."""
    birds = write_birds(here / "birds")
    run_import(birds)
    path = Path("data/datasets/birds.yaml")
    text = path.read_text(encoding="utf-8")
    head = "# of our garden\ntitle: Birds\nlicense: mit  # ours\nhub: us/birds\n"
    edited = text.replace("title: birds, imported pictures\n", head)
    edited += "  - url: https://birds.example/\n# the end"
    path.write_text(edited, encoding="utf-8")
    run_import(birds)
    assert path.read_text(encoding="utf-8") == edited
    before = load_entry("birds")
    write_birds(birds, classes=("wren", "owl"))
    run_import(birds, "--force")
    after = load_entry("birds")
    assert after.classes == ["crow", "owl", "tit", "wren"]
    assert after.files != before.files
    assert (after.title, after.license, after.hub) == ("Birds", "mit", "us/birds")
    assert after.sources == before.sources
    written = path.read_text(encoding="utf-8")
    assert written.startswith(head)
    assert written.endswith("# the end\n")


def test_a_name_that_is_taken_is_kept(here: Path) -> None:
    """Other content needs --force, with make's word for it; a dataset not imported stays."""
    birds = write_birds(here / "birds")
    run_import(birds)
    path = Path("data/datasets/birds.yaml")
    before = Path("data/local/birds/t10k-images-idx3-ubyte").read_bytes()
    with pytest.raises(
        DataError, match=r"birds\.yaml: .*other content; `make import FORCE=1 \.\.\.`"
    ):
        run_import(birds, "--seed", "1")
    assert Path("data/local/birds/t10k-images-idx3-ubyte").read_bytes() == before
    run_import(birds, "--seed", "1", "--force")
    assert load_entry("birds").files["test_images"].sha256 != hashlib.sha256(before).hexdigest()

    foreign = path.read_text(encoding="utf-8").replace("data/local/birds", "/usr/share/birds")
    path.write_text(foreign, encoding="utf-8")
    with pytest.raises(DataError, match="was not imported; take another name"):
        run_import(birds, "--force")
    assert path.read_text(encoding="utf-8") == foreign


@pytest.mark.parametrize("damage", ["remove", "empty", "change"])
def test_an_import_needs_the_last_version(here: Path, damage: str) -> None:
    """Without its files the split is not drawn anew: the command that brings them is named."""
    birds = write_birds(here / "birds")
    run_import(birds)
    Path("data/local/birds.dvc").touch()
    path = Path("data/local/birds/t10k-labels-idx1-ubyte")
    path.write_bytes(b"" if damage == "empty" else path.read_bytes()[::-1])
    if damage == "remove":
        path.unlink()
    line = r"`dvc pull --force data/local/birds\.dvc` brings it"
    with pytest.raises(DataError, match=line):
        run_import(birds, "--force")


def test_a_file_that_cannot_be_edited_stays(here: Path) -> None:
    """A catalogue's file in a form that the import does not know is refused in a line."""
    birds = write_birds(here / "birds")
    run_import(birds)
    path = Path("data/datasets/birds.yaml")
    flow = str(load_entry("birds").model_dump(exclude_none=True))
    path.write_text(flow, encoding="utf-8")
    run_import(birds)
    with pytest.raises(DataError, match=r"birds\.yaml: a form that the import cannot edit"):
        run_import(birds, "--seed", "1", "--force")
    assert path.read_text(encoding="utf-8") == flow


@pytest.mark.parametrize(
    ("counts", "changed", "options"),
    [
        ([5000, 5000], {}, ""),
        ([700, 740], {}, " -S batch_size=128"),
        ([10, 10], {"batch_size": 1}, ""),
        ([4, 9], {"batch_size": 1}, " -S val_fraction=0.2"),
        ([2, 9], {"batch_size": 1}, " -S val_fraction=0.5"),
        ([1, 9], {"batch_size": 1, "patience": 3}, " -S val_fraction=0 -S patience=0"),
    ],
)
def test_the_run_that_is_named_fits(
    counts: list[int], changed: dict[str, int], options: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The batch size and the validation share of the last line suit the number of pictures."""
    params = Params.model_validate(PARAMS | {"batch_size": 256} | changed)
    describe_next("birds", np.repeat(np.arange(2), counts), params)
    assert capsys.readouterr().out.endswith(f"  dvc exp run -S dataset=birds{options}\n")


@pytest.mark.parametrize(
    "option",
    [
        ("--name", "Birds"),
        ("--name", "../birds"),
        ("--name", "null"),
        ("--size", "0"),
        ("--size", "28x"),
        ("--test-share", "0"),
        ("--test-share", "nan"),
        ("--test-share", "half"),
        ("--seed", "-1"),
        ("--validation", "none"),
    ],
)
def test_options_are_checked_before_any_work(option: tuple[str, str], here: Path) -> None:
    """A wrong option ends with status 2."""
    with pytest.raises(SystemExit, match="2"):
        arguments([str(here), "--name", "birds", *option])


@pytest.mark.parametrize("given", [[], ["", "--name", ""], ["birds"], ["", "--name", "birds"]])
def test_what_is_missing_is_named_as_make_takes_it(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a folder or a name, both ways to give them are shown."""
    with pytest.raises(SystemExit, match="2"):
        arguments(given)
    error = capsys.readouterr().err
    assert error.startswith("import: name the folder of pictures and the dataset:\n")
    assert "  make import FOLDER=path/to/birds NAME=birds\n" in error
