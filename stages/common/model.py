"""The trained model as files and arrays: NumPy loads it, and nothing in it is code.

N images of H x W pixels, D = H * W, K classes. logits = weight @ (pixels * scale) + bias.

    data/model/weight.npy    [K, D] float32
    data/model/bias.npy      [K] float32
    data/model/model.json    input shape, steps and scaling, classes, dataset, training params
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pydantic
from pydantic import Field, TypeAdapter, ValidationError

from stages.common.dataset import RECORD, DatasetInfo, Steps
from stages.common.errors import DataError
from stages.common.files import read_array, read_bytes, write_array, write_json

MODEL = Path("data/model")
_ROWS = 128  # images converted to float64 at once: they stay in the CPU's cache


@dataclass(frozen=True)
class Model:
    """A softmax regression and what it was trained on."""

    weight: np.ndarray  # [K, D] float32
    bias: np.ndarray  # [K] float32
    scale: float  # of the pixels
    info: DatasetInfo
    params: dict[str, int | float | str]  # it was trained with

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return the logits [N, K] float64 of images [N, H, W] uint8.

        Sums in float32 would differ by 1e-5 between machines, which add in different orders.
        """
        if images.dtype != np.uint8 or images.shape[1:] != self.info.shape:
            found = f"{images.dtype} {list(images.shape)}"
            raise ValueError(f"images are {found}; they must be uint8 [N, {self.info.shape}]")
        pixels = images.reshape(len(images), self.weight.shape[1])
        scaled = self.weight.T.astype(np.float64, order="C") * self.scale  # [D, K]
        logits = np.empty((len(pixels), len(self.bias)))
        for start in range(0, len(pixels), _ROWS):
            rows = slice(start, start + _ROWS)
            np.matmul(pixels[rows].astype(np.float64), scaled, out=logits[rows])
        logits += self.bias
        return logits


@pydantic.dataclasses.dataclass(frozen=True, config=RECORD)
class _Input:
    shape: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]  # H, W
    steps: Steps  # that turn a picture into an image
    dtype: Literal["uint8"]
    scale: Annotated[float, Field(allow_inf_nan=False)]


@pydantic.dataclasses.dataclass(frozen=True, config=RECORD)
class _Description:
    """The content of model.json."""

    kind: str
    dataset: str
    classes: tuple[str, ...]
    input: _Input
    params: dict[str, int | float | str]


def save_model(folder: Path, model: Model) -> None:
    """Write `model` into `folder`."""
    info = model.info
    description = _Description(
        kind="softmax regression: logits = weight @ (pixels * scale) + bias",
        dataset=info.dataset,
        classes=info.classes,
        input=_Input(info.shape, info.steps, "uint8", model.scale),
        params=model.params,
    )
    write_array(folder / "weight.npy", model.weight)
    write_array(folder / "bias.npy", model.bias)
    write_json(folder / "model.json", asdict(description))


def load_model(folder: Path) -> Model:
    """Return the model in `folder`.

    Raises:
        DataError: a file is missing or damaged, a shape does not fit the others, or a weight is
            not finite.
    """
    path = folder / "model.json"
    try:
        description = TypeAdapter(_Description).validate_json(read_bytes(path))
    except ValidationError as problem:
        place = ".".join(map(str, problem.errors()[0]["loc"]))
        wrong = f"not the description of a model of this version ({place or 'no JSON'})"
        raise DataError(f"{path}: {wrong}; `dvc repro` makes it again") from problem
    made = description.input
    info = DatasetInfo(description.dataset, description.classes, *made.shape, made.steps)
    classes, pixels = len(info.classes), info.height * info.width
    weight = read_array(folder / "weight.npy", np.float32, (classes, pixels))
    bias = read_array(folder / "bias.npy", np.float32, (classes,))
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        wrong = "the model holds weights that are not finite"
        raise DataError(f"{folder}: {wrong}; train it again with `dvc repro -f train`")
    return Model(weight, bias, made.scale, info, description.params)
