"""The model's files: read back as written, and refused when they were damaged."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages.common.dataset import PIXEL_SCALE
from stages.common.errors import DataError
from stages.common.model import Model, load_model, save_model
from tests.support.damage import ARRAY_DAMAGES
from tests.support.prepared import INFO, split_of


@pytest.fixture
def model() -> Model:
    """Return a model with random weights."""
    random = np.random.default_rng(0)
    weight, bias = random.normal(size=(3, 30)), random.normal(size=3)
    return Model(
        weight.astype(np.float32),
        bias.astype(np.float32),
        PIXEL_SCALE,
        INFO,
        {"lr": 0.1, "epochs": 5},
    )


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    """Return a folder with that model in it."""
    save_model(tmp_path / "model", model)
    return tmp_path / "model"


def test_a_model_comes_back_as_saved(folder: Path, model: Model) -> None:
    """Weights, description and params are read back equal, bit for bit."""
    loaded = load_model(folder)
    assert loaded.weight.tobytes() == model.weight.tobytes()
    assert loaded.bias.tobytes() == model.bias.tobytes()
    assert (loaded.scale, loaded.info, loaded.params) == (model.scale, model.info, model.params)


def test_saving_twice_gives_the_same_bytes(folder: Path, model: Model, tmp_path: Path) -> None:
    """The same model makes the same files."""
    save_model(tmp_path / "again", model)
    first, second = (
        {path.name: path.read_bytes() for path in each.iterdir()}
        for each in (folder, tmp_path / "again")
    )
    assert first == second
    assert set(first) == {"weight.npy", "bias.npy", "model.json"}


def test_anyone_can_use_the_files_with_numpy_and_json(folder: Path, model: Model) -> None:
    """Plain NumPy and json, with model.json alone, give the model's logits and class names."""
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    weight = np.load(folder / "weight.npy", allow_pickle=False)
    bias = np.load(folder / "bias.npy", allow_pickle=False)
    images = split_of(20, seed=0).images
    assert list(images.shape[1:]) == described["input"]["shape"]
    assert str(images.dtype) == described["input"]["dtype"]
    pixels = images.reshape(20, -1).astype(np.float64)
    np.testing.assert_allclose(
        model.logits(images),
        pixels * described["input"]["scale"] @ weight.T + bias,
        rtol=1e-12,
        atol=1e-12,
    )
    assert tuple(described["classes"]) == INFO.classes
    assert (described["dataset"], described["input"]["steps"]) == ("shapes", "whole")
    assert described["params"] == {"lr": 0.1, "epochs": 5}


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 600])
def test_logits_do_not_depend_on_the_batches(model: Model, count: int) -> None:
    """Every image gets its own logits, whatever number of images is given."""
    images = split_of(count, seed=0).images
    logits = model.logits(images)
    assert (logits.dtype, logits.shape) == (np.float64, (count, 3))
    expected = images.reshape(count, 30) / 255 @ model.weight.T.astype(np.float64) + model.bias
    np.testing.assert_allclose(logits, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "images", [np.zeros((2, 6, 5)), np.zeros((2, 5, 6), np.uint8), np.zeros((6, 5), np.uint8)]
)
def test_images_of_another_kind_are_refused(model: Model, images: np.ndarray) -> None:
    """Images that are not uint8 [B, H, W] are refused with what they are."""
    with pytest.raises(ValueError, match=f"images are {images.dtype} "):
        model.logits(images)


@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize("damage", ARRAY_DAMAGES)
def test_damaged_weights_are_refused_by_name(folder: Path, name: str, damage: str) -> None:
    """Each damage to an array of the model is an error that names the file and the fault."""
    path = folder / f"{name}.npy"
    spoil, message = ARRAY_DAMAGES[damage]
    spoil(path)
    with pytest.raises(DataError, match=f"^{path}: .*{message}"):
        load_model(folder)


@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(folder: Path, name: str, value: float) -> None:
    """One NaN or infinity among the weights is an error that names the model and the fix."""
    values = np.load(folder / f"{name}.npy")
    values.flat[-1] = value
    np.save(folder / f"{name}.npy", values)
    with pytest.raises(
        DataError, match=f"^{folder}.*: .*not finite; train it again with `dvc repro -f train`"
    ):
        load_model(folder)


def change(described: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """Return the description with the value at a dotted `place` replaced, or removed when None."""
    key, _, rest = place.partition(".")
    if rest:
        return described | {key: change(described[key], rest, value)}
    return {k: v for k, v in (described | {key: value}).items() if v is not None}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("input", None),
        ("input", []),
        ("input.shape", [30]),
        ("input.shape", ["six", 5]),
        ("input.shape", [10**400, 5]),
        ("input.steps", "half"),
        ("input.steps", None),
        ("input.scale", "small"),
        ("input.scale", None),
        ("classes", None),
        ("classes", 3),
        ("dataset", None),
        ("params", 1),
        ("params", None),
    ],
)
def test_a_damaged_description_is_refused_by_name(folder: Path, place: str, value: object) -> None:
    """A description with a missing or a wrong value is an error that names a file of the model."""
    path = folder / "model.json"
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")), place, value)))
    with pytest.raises(DataError, match=rf"^{folder}/[^\n]*$"):
        load_model(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_description_that_is_no_json_object_is_refused(folder: Path, content: bytes) -> None:
    """A model.json that is not a JSON object is an error that names it."""
    (folder / "model.json").write_bytes(content)
    with pytest.raises(DataError, match=f"^{folder}/model.json: "):
        load_model(folder)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    """Without a model the error names the file and the command that restores it."""
    with pytest.raises(
        DataError,
        match=rf"^{tmp_path}/model.json: there is no such file; `dvc repro` or `dvc checkout`",
    ):
        load_model(tmp_path)


def test_weights_of_another_image_size_are_refused(folder: Path) -> None:
    """A description of 5 x 5 images does not fit weights of 6 x 5; the error has both shapes."""
    path = folder / "model.json"
    path.write_text(
        json.dumps(change(json.loads(path.read_text(encoding="utf-8")), "input.shape", [5, 5]))
    )
    with pytest.raises(
        DataError, match=rf"^{folder}/weight.npy: float32 \[3, 30\]; it must be float32 \[3, 25\]$"
    ):
        load_model(folder)
