"""Section accuracy: the time to a test accuracy, training process from start to end, with reading the data.

`python -m tools.benchmark.accuracy FOLDER` is scikit-learn's side: LogisticRegression by lbfgs; it prints its
test accuracy. Run by the peers' Python.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tools.benchmark.places import Places, new_copy, run, set_params
from tools.benchmark.timed import summary, timed

ACCURACY = 0.844
RECIPE = {"epochs": 20, "batch_size": 64, "lr": 0.2, "lr_schedule": "cosine"}


def measure(places: Places, rounds: int = 5) -> list[dict[str, Any]]:
    """Return the two rows: ours, `rounds` times, and scikit-learn's, once, since it takes a minute."""
    folder = new_copy(places.work / "accuracy")
    set_params(folder, val_fraction=0, **RECIPE)
    shutil.copytree(places.prepared, folder / "data/prepared")
    runs = [timed(folder, sys.executable, "-m", "stages.train") for _ in range(rounds)]
    (folder / "plots").mkdir(exist_ok=True)
    run(folder, sys.executable, "-m", "stages.evaluate")
    ours = json.loads((folder / "metrics/evaluate.json").read_text())["test_accuracy"]
    title = ", ".join(f"{key} {value}" for key, value in RECIPE.items())
    rows = [{"trainer": "ours", "title": f"ours: {title}", "accuracy": ours} | summary(runs)]
    peer: dict[str, Any] = {
        "trainer": "logistic_regression",
        "title": "scikit-learn LogisticRegression, lbfgs, 100 iterations",
    }
    if not places.peers_python.exists():
        return [*rows, peer | {"note": "not installed"}]
    command = (str(places.peers_python), "-m", "tools.benchmark.accuracy", str(places.prepared))
    took = summary([timed(folder, *command)])
    return [
        *rows,
        peer | took | {"accuracy": float((folder / ".benchmark.tmp").read_text().split()[-1])},
    ]


def logistic_regression(folder: Path) -> float:
    """Fit on the training split of `folder` and return the accuracy on its test split."""
    import warnings  # noqa: PLC0415 - only this side, in a process of its own, needs scikit-learn

    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    from stages.common.dataset import PIXEL_SCALE, load_info, load_split  # noqa: PLC0415

    warnings.simplefilter("ignore", ConvergenceWarning)  # 100 iterations are asked for
    info = load_info(folder)
    splits = [load_split(folder, split, info) for split in ("train", "test")]
    (x, y), (test_x, test_y) = (
        (split.images.reshape(len(split), -1) * np.float32(PIXEL_SCALE), split.labels)
        for split in splits
    )
    return float(LogisticRegression(max_iter=100).fit(x, y).score(test_x, test_y))


if __name__ == "__main__":
    print(logistic_regression(Path(sys.argv[1])))
