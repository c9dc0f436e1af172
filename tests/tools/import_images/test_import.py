"""Tests of tools/import_images: folders of pictures in, a dataset of the catalogue out."""

import csv
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.common.catalogue import load_entry
from stages.common.errors import DataError
from stages.common.idx import read_idx
from tests.support.pictures import write_odd_pictures
from tools.import_images.__main__ import main
from tools.import_images.dataset import draw_test
from tools.import_images.duplicates import GRID, LEVELS, near_duplicates
from tools.import_images.folders import class_folders

KEYS = ("train_images", "train_labels", "test_images", "test_labels")


def photograph(seed: int, size: tuple[int, int] = (48, 36)) -> Image.Image:
    """Return a smooth coloured picture, drawn from a seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def write_birds(
    folder: Path, *, each: int = 10, classes: tuple[str, ...] = ("crow", "tit")
) -> Path:
    """Write a folder for each class, with `each` pictures of different kinds, sizes and seeds."""
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            kind = ("png", "jpg", "gif")[number % 3]
            picture = photograph(1000 * label + number, (40 + 5 * number, 36))
            picture.save(folder / name / f"{number}.{kind}")
    return folder


def imported(name: str) -> list[np.ndarray]:
    """Return the arrays of an imported dataset: train images, train labels, test images, labels."""
    entry = load_entry(name)
    folder = Path(str(entry.sources[0].directory))
    return [read_idx(folder / entry.files[k].name, ndim=3 if "im" in k else 1) for k in KEYS]


def listed(name: str) -> list[dict[str, str]]:
    """Return the rows of pictures.csv."""
    return list(
        csv.DictReader(
            io.StringIO(Path(f"data/local/{name}/pictures.csv").read_text(encoding="utf-8"))
        )
    )


def test_folders_become_a_dataset_of_the_catalogue(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each picture is where pictures.csv says; the digests and the classes are right."""
    birds = write_birds(here / "my birds")
    (birds / "notes.txt").write_text("beside the class folders", encoding="utf-8")
    main([str(birds), "--name", "birds", "--size", "24x32", "--test-share", "0.3"])
    train, train_labels, test, test_labels = imported("birds")
    assert train.shape == (14, 24, 32)
    assert test.shape == (6, 24, 32)
    assert np.bincount(train_labels).tolist() == [7, 7]
    assert np.bincount(test_labels).tolist() == [3, 3]
    entry = load_entry("birds")
    assert entry.classes == ["crow", "tit"]
    for file in entry.files.values():
        content = Path("data/local/birds", file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    images = {"train": (train, train_labels), "test": (test, test_labels)}
    rows = listed("birds")
    assert len({row["picture"] for row in rows}) == len(rows) == 20
    for row in rows:
        array, labels = images[row["split"]]
        assert entry.classes[labels[int(row["row"])]] == row["class"]
        assert row["picture"].startswith(f"{row['class']}/")
        with Image.open(birds / row["picture"]) as picture:
            grey = np.asarray(picture.convert("L"), float)
        assert abs(array[int(row["row"])].mean() - grey.mean()) < 12  # the right one, padded
    printed = capsys.readouterr().out
    assert "birds: 2 classes, 20 images of 24 x 32: 14 for training, 6 for testing\n" in printed
    assert printed.endswith("train on it: dvc exp run -S dataset=birds\n")


def test_the_same_pictures_and_seed_give_the_same_bytes(here: Path) -> None:
    """The draw depends on the seed, and not on when or in which order the files were written."""
    write_birds(here / "birds")
    other = here / "again"
    for path in sorted((here / "birds").rglob("*.*"), reverse=True):
        copy = other / path.relative_to(here / "birds")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    main([str(here / "birds"), "--name", "one"])
    main([str(other), "--name", "two"])
    main([str(other), "--name", "three", "--seed", "1"])
    assert load_entry("one").files == load_entry("two").files
    assert load_entry("one").files["test_images"] != load_entry("three").files["test_images"]


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.99])
def test_each_class_gives_its_share_for_testing(share: float) -> None:
    """The share is rounded in each class, and leaves each class an image on both sides."""
    labels = np.repeat(np.arange(4), [2, 3, 10, 101])
    rows = draw_test(labels, share, seed=3)
    assert sorted([*rows.train, *rows.test]) == list(range(len(labels)))
    for label, count in enumerate(np.bincount(labels)):
        drawn = int((labels[rows.test] == label).sum())
        assert drawn == min(max(1, round(share * count)), count - 1)


def test_near_duplicates_across_the_splits_are_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A picture saved again at another size and quality is found, whichever side it is drawn to."""
    birds = write_birds(here / "birds", each=30)
    for number in range(30):
        width = 40 + 5 * number
        copy = photograph(number, (width, 36)).resize((3 * width, 108))
        copy.save(birds / "tit" / f"copy-{number}.jpg", quality=60)
    main([str(birds), "--name", "birds", "--test-share", "0.5"])
    rows = {row["picture"]: row for row in listed("birds")}
    apart = 0
    for number in range(30):
        kind = ("png", "jpg", "gif")[number % 3]
        pair = f"crow/{number}.{kind}", f"tit/copy-{number}.jpg"
        test = [name for name in pair if rows[name]["split"] == "test"]
        expected = len(test) == 1
        apart += expected
        for name in pair:
            other = pair[1 - pair.index(name)]
            found = rows[name]["near_duplicate_of"]
            assert found == (other if expected and name in test else ""), number
    printed = capsys.readouterr().out
    assert f"near-duplicates across training and test: {apart}\n" in printed
    assert f"and {apart - 10} more, in pictures.csv" in printed


def test_near_duplicates_are_those_of_the_definition() -> None:
    """The nearest pairs within the limit are found, as by comparing each with each."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (60, 8, 8)).astype(np.uint8)
    steps = random.integers(0, 9, (60, 1, 1))
    noise = random.choice([-1, 1], (60, 8, 8)) * steps
    others = np.clip(images[::-1] + noise, 0, 255).astype(np.uint8)
    expected = []
    for row, image in enumerate(images.astype(float)):
        distances = np.sqrt(((others.astype(float) - image) ** 2).mean(axis=(1, 2)))
        if distances.min() <= LEVELS:
            expected.append((row, int(distances.argmin())))
    assert near_duplicates(images, others) == expected
    assert 5 < len(expected) < 55
    assert images.shape[1] == GRID


def test_unreadable_files_are_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be read is named with its reason, and the rest becomes the dataset."""
    refused = write_odd_pictures(here / "birds/odd")
    for number in range(3):
        (here / "birds/plain").mkdir(exist_ok=True)
        photograph(number).save(here / f"birds/plain/{number}.png")
    main([str(here / "birds"), "--name", "birds"])
    rows = listed("birds")
    unreadable = {row["picture"] for row in rows if row["unreadable_because"]}
    assert unreadable == {f"odd/{name}" for name in refused}
    assert f"left out, as they cannot be read: {len(refused)}\n" in capsys.readouterr().out
    used = [row for row in rows if row["split"]]
    assert len(used) == sum(map(len, imported("birds")[1::2]))


def test_class_names_of_any_script_and_like_numbers_stay_text(here: Path) -> None:
    """`08`, `no`, `1e5`, quotes, commas and other scripts are the names of classes."""
    names = ("08", "1e5", 'a "b", c', "no", "null", "鳥", "$x$", "10", "9")
    write_birds(here / "birds", each=2, classes=names)
    main([str(here / "birds"), "--name", "birds", "--size", "2"])
    classes = load_entry("birds").classes
    assert sorted(classes) == sorted(names)
    assert [name for name in classes if name.isdecimal()] == ["08", "9", "10"]


def test_a_name_that_is_taken_is_kept(here: Path) -> None:
    """The same import changes nothing; another needs --force; a dataset not imported stays."""
    birds = write_birds(here / "birds")
    main([str(birds), "--name", "birds"])
    path = Path("data/datasets/birds.yaml")
    edited = "# of our garden\n" + path.read_text(encoding="utf-8").replace("Pictures", "Birds")
    path.write_text(edited, encoding="utf-8")
    main([str(birds), "--name", "birds"])
    assert path.read_text(encoding="utf-8") == edited
    before = Path("data/local/birds/t10k-images-idx3-ubyte").read_bytes()
    with pytest.raises(DataError, match=r"birds\.yaml: .*other content; --force replaces it"):
        main([str(birds), "--name", "birds", "--seed", "1"])
    assert Path("data/local/birds/t10k-images-idx3-ubyte").read_bytes() == before
    main([str(birds), "--name", "birds", "--seed", "1", "--force"])
    assert path.read_text(encoding="utf-8") != edited
    assert load_entry("birds").files["test_images"].sha256 != hashlib.sha256(before).hexdigest()

    foreign = path.read_text(encoding="utf-8").replace("data/local/birds", "/usr/share/birds")
    path.write_text(foreign, encoding="utf-8")
    with pytest.raises(DataError, match="was not imported; take another name"):
        main([str(birds), "--name", "birds", "--force"])
    assert path.read_text(encoding="utf-8") == foreign


def test_folders_that_are_no_classes_are_refused(here: Path) -> None:
    """No folder, one class, 257 classes, an empty class and a bad name are each one line."""
    for count, reason in ((0, "0 sub-folders"), (1, "1 sub-folder;"), (257, "257 sub-folders")):
        for number in range(count):
            (here / f"of-{count}" / str(number)).mkdir(parents=True)
        (here / f"of-{count}" / ".hidden").mkdir(parents=True)
        with pytest.raises(DataError, match=reason):
            class_folders(here / f"of-{count}")
    with pytest.raises(DataError, match="there is no such folder"):
        class_folders(here / "nowhere")
    birds = write_birds(here / "birds")
    (birds / "wren").mkdir()
    photograph(1).save(birds / "wren/1.png")
    (birds / "wren/2.heic").write_bytes(b"a kind that Pillow does not read")
    line = (
        r"birds/wren: 1 readable pictures; a class needs one for .* \(wren/2\.heic: not a picture"
    )
    with pytest.raises(DataError, match=line):
        main([str(birds), "--name", "birds"])
    (birds / "wren").rename(birds / ("w" * 101))
    with pytest.raises(
        DataError, match=r"birds/w{101}: the name of a class: it must .*; rename it"
    ):
        main([str(birds), "--name", "birds"])
    assert not Path("data").exists()


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
    ],
)
def test_options_are_checked_before_any_work(option: tuple[str, str], here: Path) -> None:
    """A wrong option ends with status 2."""
    with pytest.raises(SystemExit, match="2"):
        main([str(here), "--name", "birds", *option])
