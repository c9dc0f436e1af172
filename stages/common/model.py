"""The trained model as files and arrays: anyone with NumPy can load it, and nothing in it is code.

B images of H x W pixels, D = H * W, K classes. logits = weight @ (pixels * scale) + bias.

    data/model/weight.npy    [K, D] float32
    data/model/bias.npy      [K] float32
    data/model/model.json    input shape and scaling, classes, dataset, and the params it was trained with
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.dataset import DatasetInfo, load_array, read_json
from stages.common.errors import DataError
from stages.common.files import write_array, write_json

_BATCH = 256  # images converted to float32 at once: they stay in the CPU's cache


@dataclass(frozen=True)
class Model:
    """A softmax regression and what it was trained on."""

    weight: np.ndarray  # [K, D] float32
    bias: np.ndarray  # [K] float32
    scale: float  # pixels are multiplied by it before they meet the weights
    info: DatasetInfo
    params: dict[str, Any]

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return the logits [B, K] float32 of images [B, H, W] uint8."""
        if images.dtype != np.uint8 or images.shape[1:] != self.info.shape:
            raise ValueError(
                f"images are {images.dtype} {list(images.shape)}; they must be uint8 [B, {self.info.shape}]"
            )
        pixels = images.reshape(len(images), self.weight.shape[1])
        scaled = np.ascontiguousarray(self.weight.T * np.float32(self.scale))  # [D, K]
        logits = np.empty((len(pixels), len(self.bias)), np.float32)
        for start in range(0, len(pixels), _BATCH):
            part = slice(start, start + _BATCH)
            np.matmul(pixels[part].astype(np.float32), scaled, out=logits[part])
        logits += self.bias
        return logits


def save_model(folder: Path, model: Model) -> None:
    """Write `model` into `folder`."""
    write_array(folder / "weight.npy", model.weight)
    write_array(folder / "bias.npy", model.bias)
    content = {
        "kind": "softmax regression: logits = weight @ (pixels * scale) + bias",
        "dataset": model.info.dataset,
        "classes": list(model.info.classes),
        "input": {"shape": list(model.info.shape), "dtype": "uint8", "scale": model.scale},
        "params": model.params,
    }
    write_json(folder / "model.json", content)


def load_model(folder: Path) -> Model:
    """Return the model in `folder`.

    Raises:
        DataError: a file is missing or damaged, a shape does not fit the others, or a weight is not finite.
    """
    path = folder / "model.json"
    content = read_json(path)
    try:
        height, width = content["input"]["shape"]
        info = DatasetInfo(
            str(content["dataset"]), tuple(map(str, content["classes"])), int(height), int(width)
        )
        scale = float(content["input"]["scale"])
        params = dict(content["params"])
    except (KeyError, TypeError, ValueError) as problem:
        raise DataError(
            f"{path}: not the description of a model; `dvc checkout --force` brings it back"
        ) from problem
    classes = len(info.classes)
    weight = load_array(folder / "weight.npy", np.float32, (classes, info.height * info.width))
    bias = load_array(folder / "bias.npy", np.float32, (classes,))
    if not (np.isfinite(weight).all() and np.isfinite(bias).all() and np.isfinite(scale)):
        raise DataError(
            f"{folder}: the model holds weights that are not finite; train it again with `dvc repro -f train`"
        )
    return Model(weight, bias, scale, info, params)
