"""Tests of stages/common/catalogue.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.common.catalogue import FILE_KEYS, Source, load_entry
from stages.common.errors import DataError, ParamError
from tests.support.project import ROOT
from tests.support.synthetic import idx_files, write_catalogue

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Return the file of the one dataset of a valid catalogue."""
    path = tmp_path / "shapes.yaml"
    write_catalogue(path, idx_files(train=9, test=6), sources=[{"url": "http://127.0.0.1/"}])
    return path


def test_the_repository_s_catalogue_is_valid() -> None:
    """Every dataset can be loaded, its names are in order, and its URLs are safe."""
    folder = ROOT / "data/datasets"
    for path in folder.glob("*.yaml"):
        entry = load_entry(path.stem, folder)
        assert tuple(entry.files) == FILE_KEYS
        assert all((source.url or "https:").startswith("https:") for source in entry.sources)


@pytest.mark.parametrize("dataset", ["fashion-mnist", "mnist"])
def test_the_sizes_are_those_of_the_images(dataset: str) -> None:
    """A file of MNIST's kind is its header and a byte for each pixel or label."""
    sizes = {
        key: file.bytes for key, file in load_entry(dataset, ROOT / "data/datasets").files.items()
    }
    assert sizes == {
        "train_images": 16 + 60_000 * 28 * 28,
        "train_labels": 8 + 60_000,
        "test_images": 16 + 10_000 * 28 * 28,
        "test_labels": 8 + 10_000,
    }


def test_the_steps_are_recorded_with_the_dataset(catalogue: Path) -> None:
    """Both published datasets cut the object out; an entry that names no steps has whole images."""
    published = [load_entry(name, ROOT / "data/datasets") for name in ("fashion-mnist", "mnist")]
    assert [entry.steps for entry in published] == ["object", "object"]
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace("steps: whole\n", ""), encoding="utf-8")
    assert load_entry("shapes", catalogue.parent).steps == "whole"


def test_fashion_mnist_has_a_source_of_each_kind() -> None:
    """Fashion-MNIST comes from a directory, the web, or Debian's package."""
    fashion = load_entry("fashion-mnist", ROOT / "data/datasets")
    assert (fashion.license, fashion.hub) == ("mit", "zalando-datasets/fashion_mnist")
    for kind in ("directory", "url", "debian"):
        assert any(getattr(source, kind) for source in fashion.sources)


def test_an_unknown_dataset_is_refused_with_the_known_ones(catalogue: Path) -> None:
    """A dataset that the catalogue does not have is a wrong param."""
    with pytest.raises(
        ParamError,
        match=r"^params.yaml: dataset: 'mnist' is not allowed; it must be a name in .*: shapes$",
    ):
        load_entry("mnist", catalogue.parent)


@pytest.mark.parametrize(
    "name", ['say "hi", twice', "$\\frac$", "クラス", "صنف", "ทดสอบ", "👩‍🔬", "|", "-", "b" * 100]
)
def test_a_class_may_be_named_in_any_script(name: str, catalogue: Path) -> None:
    """A class name is kept as it is, with commas, quotes and the joiners that scripts need."""
    content = yaml.safe_load(catalogue.read_text(encoding="utf-8")) | {"classes": ["a", name]}
    catalogue.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert load_entry("shapes", catalogue.parent).classes == ["a", name]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (Source(directory="/data/raw"), "/data/raw"),
        (Source(url="https://example.org/a/b"), "example.org"),
        (Source(url="HTTP://me:sec@ret@example.org:8000?a"), "example.org:8000"),
        (Source(url="example.org/a"), "example.org/a"),
        (Source(debian="dataset", directory="/usr"), "Debian package dataset"),
    ],
)
def test_a_source_has_a_short_name(source: Source, name: str) -> None:
    """A URL is named by its host, without the password."""
    assert source.name == name


def put(*place: Any) -> Change:
    """Return the change that puts the last of `place` where the others lead."""
    *way, key, value = place

    def change(entry: Any) -> None:
        for step in way:
            entry = entry[step]
        entry[key] = value

    return change


FILE = ("files", "train_images")
FILE_NAME = "a letter or digit, then"
# What is changed, the place that the message names, and its reason.
WRONG: list[tuple[Change, str, str]] = [
    (put("title", 1), "title: ", "is not text"),
    (lambda entry: entry.pop("title"), "title: ", "Field required"),
    (put("license", "MIT License"), "license: ", "an SPDX name in lower case"),
    (put("hub", "mnist"), "hub: ", "OWNER/NAME"),
    (put("steps", "half"), "steps: ", "'object' or 'whole'"),
    (put("more", 1), "more: ", "not permitted"),
    (put("classes", ["one"]), "classes: ", "at least 2"),
    (put("classes", list(map(str, range(257)))), "classes: ", "at most 256"),
    (put("classes", ["a", "a"]), "", "two classes look alike: 'a' and 'a'"),
    (put("classes", ["Cat", "dog", "cat"]), "", "two classes look alike: 'Cat' and 'cat'"),
    (put("classes", ["cat", "cat "]), "", "two classes look alike: 'cat' and 'cat '"),
    (put("classes", ["a cat", "a\u00a0 cat"]), "", "two classes look alike"),
    (put("classes", ["Straße", "STRASSE"]), "", "two classes look alike"),
    (put("classes", ["caf\u00e9", "cafe\u0301"]), "", "in two forms of Unicode"),
    (put("classes", ["a", 7]), "classes.1: ", "7 is not text; put it in quotes"),
    (put("classes", ["a", "b\nc"]), "classes.1: ", "without control characters"),
    (put("classes", ["a", "b\x1b[2J"]), "classes.1: ", "without control characters"),
    (put("classes", ["a", "b\x85c"]), "classes.1: ", "without control characters"),
    (put("classes", ["a", "b\u2028c"]), "classes.1: ", "and line breaks"),
    (put("classes", ["a", "b\u2029c"]), "classes.1: ", "and line breaks"),
    (put("classes", ["a", "b\ud800"]), "line 3: not valid YAML: ", "invalid Unicode character"),
    (put("classes", ["a", ""]), "classes.1: ", "1 to 100 characters"),
    (put("classes", ["a", "b" * 101]), "classes.1: ", "1 to 100 characters"),
    (lambda entry: entry["files"].pop("test_labels"), "", "files must be train_images"),
    (lambda entry: entry["files"].update(val=entry["files"]["test_labels"]), "", "files must be"),
    (put("files", []), "files: ", "valid dictionary"),
    (put(*FILE, None), "files.train_images: ", "valid dictionary"),
    (put(*FILE, "name", "../params.yaml"), "files.train_images.name: ", FILE_NAME),
    (put(*FILE, "name", "/etc/passwd"), "files.train_images.name: ", FILE_NAME),
    (put(*FILE, "name", "..\n"), "files.train_images.name: ", FILE_NAME),
    (put(*FILE, "name", "a?b#c"), "files.train_images.name: ", FILE_NAME),
    (put(*FILE, "bytes", 0), "files.train_images.bytes: ", "greater than 0"),
    (put(*FILE, "bytes", "12"), "files.train_images.bytes: ", "valid integer"),
    (put(*FILE, "bytes", 1.5), "files.train_images.bytes: ", "valid integer"),
    (put(*FILE, "sha256", "0" * 63), "files.train_images.sha256: ", "64 hexadecimal digits"),
    (put(*FILE, "sha256", "A" * 64), "files.train_images.sha256: ", "in lower case"),
    (put(*FILE, "sha256", "0" * 64 + "\n"), "files.train_images.sha256: ", "64 hexadecimal"),
    (put(*FILE, "sha256", 0), "files.train_images.sha256: ", "0 is not text"),
    (put("sources", "somewhere"), "sources: ", "valid list"),
    (put("sources", 0, {}), "sources.0: ", "a source is `directory`, `url`, or `debian` with"),
    (put("sources", 0, {"url": "http://a", "directory": "b"}), "sources.0: ", "a source is"),
    (put("sources", 0, {"debian": "package"}), "sources.0: ", "a source is"),
    (put("sources", 0, {"debian": "-oDir=/", "directory": "/"}), "sources.0.debian: ", "name of a"),
    (put("sources", 0, {"directory": ""}), "sources.0.directory: ", "at least 1 character"),
    (put("sources", 0, {"ftp": "x"}), "sources.0.ftp: ", "not permitted"),
]


@pytest.mark.parametrize(("change", "place", "reason"), WRONG)
def test_a_wrong_entry_is_refused_by_its_place(
    change: Change, place: str, reason: str, catalogue: Path
) -> None:
    """One line names the file, the place in it and what it must be."""
    content = yaml.safe_load(catalogue.read_text(encoding="utf-8"))
    change(content)
    catalogue.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_entry("shapes", catalogue.parent)
    message = str(caught.value)
    assert message.startswith(f"{catalogue}: {place}")
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text", ["", "- title\n", "title\n", "title: [\n", "title:\ntitle:\n", "title:\n"]
)
def test_a_file_without_an_entry_is_refused(text: str, catalogue: Path) -> None:
    """An empty file, one without a mapping or values, and invalid YAML are each one line."""
    catalogue.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"shapes\.yaml: [^\n]+$"):
        load_entry("shapes", catalogue.parent)
