"""The prepared dataset: read back as it was written, and refused when it was damaged."""

import json
from pathlib import Path

import numpy as np
import pytest

from stages.common.dataset import (
    PIXEL_SCALE,
    DatasetInfo,
    images_path,
    info_path,
    labels_path,
    load_info,
    load_split,
)
from stages.common.errors import DataError
from stages.common.files import read_array
from tests.support.damage import ARRAY_DAMAGES
from tests.support.prepared import INFO, write_shapes


@pytest.mark.parametrize("val", [30, 0])
def test_splits_come_back_as_written(tmp_path: Path, val: int) -> None:
    """The description and each split are read back equal, memory-mapped and read-only."""
    written = write_shapes(tmp_path / "prepared", val=val)
    assert load_info(tmp_path / "prepared") == INFO
    for name, split in written.items():
        loaded = load_split(tmp_path / "prepared", name, INFO)
        np.testing.assert_array_equal(loaded.images, split.images)
        np.testing.assert_array_equal(loaded.labels, split.labels)
        assert len(loaded) == len(split)
        assert not loaded.images.flags.writeable
        if len(split):
            assert isinstance(loaded.images, np.memmap)


def test_paths_are_the_contracts(tmp_path: Path) -> None:
    """The files are called what DESIGN says, and pixels 0 to 255 scale to 0 to 1."""
    assert images_path(tmp_path, "val").name == "val_images.npy"
    assert labels_path(tmp_path, "val").name == "val_labels.npy"
    assert info_path(tmp_path).name == "dataset.json"
    assert (0 * PIXEL_SCALE, 255 * PIXEL_SCALE) == (0.0, 1.0)


@pytest.mark.parametrize("which", ["images", "labels"])
@pytest.mark.parametrize("damage", ARRAY_DAMAGES)
def test_damaged_arrays_are_refused_by_name(tmp_path: Path, which: str, damage: str) -> None:
    """Each damage to an array is an error that names the file and says what is wrong with it."""
    write_shapes(tmp_path / "prepared")
    path = tmp_path / f"prepared/train_{which}.npy"
    spoil, message = ARRAY_DAMAGES[damage]
    spoil(path)
    with pytest.raises(DataError, match=f"^{path}: .*{message}"):
        load_split(tmp_path / "prepared", "train", INFO)


def test_fortran_order_is_refused(tmp_path: Path) -> None:
    """Images in Fortran order, whose rows are not contiguous, are refused."""
    write_shapes(tmp_path / "prepared")
    path = tmp_path / "prepared/test_images.npy"
    np.save(path, np.asfortranarray(np.load(path)))
    with pytest.raises(DataError, match=f"^{path}: "):
        load_split(tmp_path / "prepared", "test", INFO)


@pytest.mark.parametrize("value", [0, 32, 39, 40, 44, 48, 57, 123, 255])
def test_no_byte_of_the_header_is_trusted(tmp_path: Path, value: int) -> None:
    """A .npy header with any byte overwritten gives the right array or an error of that name."""
    path = tmp_path / "labels.npy"
    labels = np.arange(60, dtype=np.uint8)
    np.save(path, labels)
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole) - len(labels)):
        path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
        try:
            np.testing.assert_array_equal(read_array(path, np.uint8, (60,)), labels)
        except DataError as error:
            assert str(error).startswith(f"{path}: ")  # noqa: PT017 - either outcome is right
            refused += 1
    assert refused > 20


def test_a_label_beyond_the_classes_is_refused(tmp_path: Path) -> None:
    """A label that no class has is an error that names the file, the label and the largest one."""
    write_shapes(tmp_path / "prepared")
    path = tmp_path / "prepared/val_labels.npy"
    labels = np.load(path)
    labels[4] = 3
    np.save(path, labels)
    with pytest.raises(DataError, match=f"^{path}: label 3; the labels are 0 to 2$"):
        load_split(tmp_path / "prepared", "val", INFO)


DESCRIPTION = {
    "dataset": "shapes",
    "classes": ["a", "b"],
    "height": 6,
    "width": 5,
    "steps": "object",
}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\xff",
        "[" * 100_000,
        json.dumps({"dataset": "shapes"}),
        json.dumps(DESCRIPTION | {"depth": 3}),
        json.dumps(DESCRIPTION | {"dataset": 5}),
        json.dumps(DESCRIPTION | {"steps": "half"}),
        json.dumps(DESCRIPTION | {"classes": "ab"}),
        json.dumps(DESCRIPTION | {"classes": [1, 2]}),
        json.dumps(DESCRIPTION | {"height": 0}),
        json.dumps(DESCRIPTION | {"width": 5.0}),
        json.dumps(DESCRIPTION | {"width": True}),
    ],
    ids=lambda content: content[:60] or "empty",
)
def test_a_damaged_description_is_refused_by_name(tmp_path: Path, content: str) -> None:
    """A description that is not JSON, or not of this form, is an error of one line."""
    (tmp_path / "dataset.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match=rf"^{tmp_path}/dataset.json: [^\n]*$"):
        load_info(tmp_path)


def test_a_missing_description_is_named(tmp_path: Path) -> None:
    """Without a description the error names the file and the command that makes it."""
    with pytest.raises(
        DataError, match=rf"^{tmp_path}/dataset.json: there is no such file; `dvc repro`"
    ):
        load_info(tmp_path)


def test_a_sound_description_is_read(tmp_path: Path) -> None:
    """The description that the damaged ones vary is itself accepted."""
    (tmp_path / "dataset.json").write_text(json.dumps(DESCRIPTION), encoding="utf-8")
    assert load_info(tmp_path) == DatasetInfo("shapes", ("a", "b"), 6, 5, "object")
