"""The playground: one HTML page with the model and some test images inside, and no network.

N images of H x W pixels, D = H * W, K classes. playground.html, .css and .js, and fitting.js, are
put together; the page gets its arrays as base64, in the layout of data/model/ and little-endian.
"""

import base64
import html
import json
from dataclasses import asdict
from pathlib import Path
from string import Template

import numpy as np

from stages.common.dataset import Split
from stages.common.model import Model
from stages.evaluate import Evaluation
from tools.export.examples import Example, choose
from tools.pictures.reading import MAX_PIXELS

LIMIT = 300_000  # bytes of the page
COUNTS = (20, 12, 6, 3)  # images of each kind; fewer where the model leaves less room
_PARTS = Path(__file__).parent


def render(model: Model, test: Split, result: Evaluation, title: str, origin: str) -> bytes | None:
    """Return the page, or None when the weights leave no room for images.

    Args:
        model: the model.
        test: the test split.
        result: what the model does on it.
        title: the dataset's, for people.
        origin: a sentence that says where the model is from.
    """
    for count in COUNTS:
        examples = choose(result.probabilities, test.labels, count)
        page = _page(model, test, result, examples, title=title, origin=origin).encode()
        if len(page) <= LIMIT:
            return page
    return None


def _page(
    model: Model,
    test: Split,
    result: Evaluation,
    examples: list[Example],
    *,
    title: str,
    origin: str,
) -> str:
    data = {
        "dataset": model.info.dataset,
        "classes": model.info.classes,
        "height": model.info.height,
        "width": model.info.width,
        "scale": model.scale,
        "weight": _base64(model.weight, "<f4"),  # [K, D]
        "bias": _base64(model.bias, "<f4"),  # [K]
        "examples": [asdict(example) for example in examples],
        "images": _base64(test.images[[example.row for example in examples]], "u1"),
        "background": background_of(test.images),  # of an empty drawing
        "steps": model.info.steps,  # how a picture becomes an image
        "max_pixels": MAX_PIXELS,  # of a picture that is read
    }
    low, high = result.interval
    return Template(_read("playground.html")).substitute(
        style=_read("playground.css"),
        fitting=_read("fitting.js"),
        script=_read("playground.js"),
        # `<` could end the script element; in JSON it can always be escaped.
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        title=html.escape(title),
        weights=f"{model.weight.size + model.bias.size:,}",
        classes=len(model.info.classes),
        pixels=f"{model.info.height} by {model.info.width}",
        accuracy=f"{result.accuracy:.2%}",
        interval=f"{low:.2%} to {high:.2%}",
        test_images=f"{len(test):,}",
        origin=html.escape(origin),
    )


def background_of(images: np.ndarray) -> int:
    """Return the median level of the pixels on the borders of images [N, H, W]."""
    sides = (images[:, [0, -1], :], images[:, :, [0, -1]])
    return int(np.median(np.concatenate([side.reshape(-1) for side in sides])))


def _base64(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()


def _read(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")
