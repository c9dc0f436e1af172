"""Section scoring: the test split through a loaded model, against NumPy's one product and argmax.

Both start from the same uint8 images in memory and end with a class for each; converting them counts on both sides.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from stages.common.dataset import PIXEL_SCALE, load_info, load_split
from stages.common.model import Model
from tools.benchmark.places import Places


def measure(places: Places, rounds: int = 100) -> list[dict[str, Any]]:
    """Return a row for our scoring and one for NumPy's, measured in turn in this process."""
    info = load_info(places.prepared)
    images = np.array(load_split(places.prepared, "test", info).images)
    weight = (
        np.random.default_rng(0)
        .normal(0, 0.01, (len(info.classes), images[0].size))
        .astype(np.float32)
    )
    model = Model(weight, np.zeros(len(weight), np.float32), PIXEL_SCALE, info, {})

    def ours() -> np.ndarray:
        return model.logits(images).argmax(axis=1)

    def plain() -> np.ndarray:
        pixels = images.reshape(len(images), -1).astype(np.float32) * np.float32(PIXEL_SCALE)
        return (pixels @ model.weight.T + model.bias).argmax(axis=1)

    sides: dict[str, tuple[str, Callable[[], np.ndarray]]] = {
        "ours": (f"our model, {len(images)} images", ours),
        "numpy": ("NumPy, one product and argmax", plain),
    }
    if not np.mean(ours() == plain()) > 0.999:  # a near tie may fall to either
        raise SystemExit("benchmark: the two ways of scoring do not agree")
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, (_, score) in sides.items():
            started = time.perf_counter()
            score()
            seconds[side].append(time.perf_counter() - started)
    return [
        {
            "side": side,
            "title": title,
            "median": statistics.median(seconds[side]),
            "min": min(seconds[side]),
            "seconds": seconds[side],
        }
        for side, (title, _) in sides.items()
    ]
