"""A small git repository with the files that a run of the pipeline leaves for the report."""

import json
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from stages.common import charts, figures
from stages.common.scoring import wilson_interval
from tests.support.project import git

CLASSES = ("circle", "square", "triangle")
IMAGES = 300


def write_run(
    folder: Path,
    *,
    wrong: Collection[int] = (),
    lr: object = 0.1,
    test_loss: float = 0.5,
    test_file: str = "a" * 64,
    classes: Sequence[str] = CLASSES,
    images: int = IMAGES,
) -> None:
    """Write a run whose model takes the images in `wrong` for the next class, and no other."""
    actual = [number % len(classes) for number in range(images)]
    predicted = [(label + (number in wrong)) % len(classes) for number, label in enumerate(actual)]
    right = images - len(wrong)
    low, high = wilson_interval(right, images)
    for name in ("metrics", "plots"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "params.yaml").write_text(f"epochs: 2\nlr: {lr}\n")
    download = {
        "download_bytes": 10,
        "files": [{"name": "t10k-images-idx3-ubyte", "sha256": test_file}],
    }
    (folder / "metrics/download.json").write_text(json.dumps(download))
    scores = {
        "test_accuracy": right / images,
        "test_accuracy_low": low,
        "test_accuracy_high": high,
        "test_loss": test_loss,
    }
    per_class = [{"class": name} for name in classes]
    (folder / "metrics/evaluate.json").write_text(json.dumps(scores | {"per_class": per_class}))
    rows = [f"{classes[a]},{classes[p]}" for a, p in zip(actual, predicted, strict=True)]
    (folder / "plots/predictions.csv").write_text("\n".join(["actual,predicted", *rows]) + "\n")
    lines = ["epoch,train_loss,train_accuracy,val_loss,val_accuracy", "1,0.9,0.6,,", "2,0.8,0.7,,"]
    (folder / "plots/history.csv").write_text("\n".join(lines) + "\n")
    (folder / "plots/reliability.png").write_bytes(picture())


@cache
def picture() -> bytes:
    """Return a PNG."""
    return figures.png(charts.confusion(np.eye(3, dtype=int), CLASSES))


def repository(folder: Path) -> Path:
    """Make an empty repository with one commit on main."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Start")
    return folder


def commit_run(folder: Path) -> None:
    """Commit everything in `folder`."""
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Run")
