"""Tests of stages/common/sources/catalogue.py."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from stages.common.sources.catalogue import FILE_KEYS, load_entry

from stages.common.errors import DataError, ParamError
from tests.support.project import ROOT
from tests.support.synthetic import idx_files, write_catalogue

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Return a sound catalogue with one dataset, "shapes"."""
    path = tmp_path / "datasets.yaml"
    write_catalogue(path, idx_files(train=9, test=6), sources=[{"url": "http://127.0.0.1/"}])
    return path


def test_the_repository_s_catalogue_is_sound() -> None:
    """Every dataset of data/datasets.yaml can be loaded, Fashion-MNIST with its ten classes and a source of each kind."""
    path = ROOT / "data/datasets.yaml"
    for name in yaml.safe_load(path.read_text()):
        assert tuple(load_entry(name, path).files) == FILE_KEYS
    fashion = load_entry("fashion-mnist", path)
    assert len(fashion.classes) == 10
    assert all(
        any(getattr(source, kind) for source in fashion.sources)
        for kind in ("directory", "url", "debian")
    )
    assert all((source.url or "https:").startswith("https:") for source in fashion.sources)


def test_an_unknown_dataset_is_refused_with_the_known_ones(catalogue: Path) -> None:
    """A dataset that the catalogue does not have is a wrong param."""
    with pytest.raises(
        ParamError,
        match=r"^params.yaml: dataset: 'mnist' is not allowed; it must be a name in .*: shapes$",
    ):
        load_entry("mnist", catalogue)


def put(*place: Any) -> Change:
    """Return the change that puts the last of `place` where the others lead."""
    *way, key, value = place

    def change(entry: Any) -> None:
        for step in way:
            entry = entry[step]
        entry[key] = value

    return change


FILE = ("files", "train_images")
WRONG: list[
    tuple[Change, str, str]
] = [  # what is changed, the place that the message names, and its reason
    (put("title", 1), "shapes.title", "valid string"),
    (lambda entry: entry.pop("title"), "shapes.title", "Field required"),
    (put("more", 1), "shapes.more", "not permitted"),
    (put("classes", ["one"]), "shapes.classes", "at least 2"),
    (put("classes", list(map(str, range(257)))), "shapes.classes", "at most 256"),
    (put("classes", ["a", "a"]), "shapes", "two classes have the same name"),
    (put("classes", ["a", True]), "shapes.classes.1", "valid string"),
    (put("classes", ["a", "b,c"]), "shapes.classes.1", "without commas"),
    (put("classes", ["a", 'b"c']), "shapes.classes.1", "quotes"),
    (put("classes", ["a", "b\nc"]), "shapes.classes.1", "line breaks"),
    (put("classes", ["a", ""]), "shapes.classes.1", "1 to 40 characters"),
    (put("classes", ["a", "b" * 41]), "shapes.classes.1", "1 to 40 characters"),
    (
        lambda entry: entry["files"].pop("test_labels"),
        "shapes",
        "files must be train_images, train_labels",
    ),
    (
        put("files", "val_images", {"name": "x", "bytes": 1, "sha256": "0" * 64}),
        "shapes",
        "files must be",
    ),
    (put("files", []), "shapes.files", "valid dictionary"),
    (put(*FILE, None), "shapes.files.train_images", "valid dictionary"),
    (
        put(*FILE, "name", "../params.yaml"),
        "shapes.files.train_images.name",
        "a letter or digit, then",
    ),
    (
        put(*FILE, "name", "/etc/passwd"),
        "shapes.files.train_images.name",
        "a letter or digit, then",
    ),
    (put(*FILE, "name", "..\n"), "shapes.files.train_images.name", "a letter or digit, then"),
    (put(*FILE, "name", "a?b#c"), "shapes.files.train_images.name", "a letter or digit, then"),
    (put(*FILE, "bytes", 0), "shapes.files.train_images.bytes", "greater than 0"),
    (put(*FILE, "bytes", "12"), "shapes.files.train_images.bytes", "valid integer"),
    (put(*FILE, "bytes", 1.5), "shapes.files.train_images.bytes", "valid integer"),
    (put(*FILE, "sha256", "0" * 63), "shapes.files.train_images.sha256", "64 hexadecimal digits"),
    (put(*FILE, "sha256", "A" * 64), "shapes.files.train_images.sha256", "in lower case"),
    (
        put(*FILE, "sha256", "0" * 64 + "\n"),
        "shapes.files.train_images.sha256",
        "64 hexadecimal digits",
    ),
    (put(*FILE, "sha256", 0), "shapes.files.train_images.sha256", "valid string"),
    (put("sources", "somewhere"), "shapes.sources", "valid list"),
    (
        put("sources", 0, {}),
        "shapes.sources.0",
        "a source is `directory`, `url`, or `debian` with `directory`",
    ),
    (put("sources", 0, {"url": "http://a", "directory": "b"}), "shapes.sources.0", "a source is"),
    (put("sources", 0, {"debian": "package"}), "shapes.sources.0", "a source is"),
    (
        put("sources", 0, {"debian": "-oDir=/", "directory": "/"}),
        "shapes.sources.0.debian",
        "the name of a Debian package",
    ),
    (put("sources", 0, {"directory": ""}), "shapes.sources.0.directory", "at least 1 character"),
    (put("sources", 0, {"ftp": "x"}), "shapes.sources.0.ftp", "not permitted"),
]


@pytest.mark.parametrize(("change", "place", "reason"), WRONG)
def test_a_wrong_entry_is_refused_by_its_place(
    change: Change, place: str, reason: str, catalogue: Path
) -> None:
    """One line names the file, the place in it and what it must be."""
    content = yaml.safe_load(catalogue.read_text())
    broken = copy.deepcopy(content)
    change(broken["shapes"])
    catalogue.write_text(yaml.safe_dump(broken))
    with pytest.raises(DataError) as caught:
        load_entry("shapes", catalogue)
    message = str(caught.value)
    assert message.startswith(f"{catalogue}: {place}: ")
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text", ["", "- shapes\n", "shapes\n", "shapes: [\n", "shapes:\nshapes:\n", "shapes:\n"]
)
def test_what_is_no_catalogue_is_refused(text: str, catalogue: Path) -> None:
    """A catalogue that is empty, no mapping, no YAML or has an empty entry is refused in one line with its name."""
    catalogue.write_text(text)
    with pytest.raises(DataError, match=r"datasets\.yaml: [^\n]+$"):
        load_entry("shapes", catalogue)
