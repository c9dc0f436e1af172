"""A small repository, for git and DVC, with what a run of the pipeline leaves for the report."""

import hashlib
import json
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from stages.common import charts
from stages.common.files import write_csv
from stages.common.scoring import wilson_interval
from tests.support.project import git

CLASSES = ("circle", "square", "triangle")
IMAGES = 300

# Two stages, of which the first leaves data that only DVC's cache would hold.
_PIPELINE: dict[str, Any] = {
    "prepare": {"cmd": "python prepare.py", "deps": ["code"], "outs": ["data/prepared"]},
    "train": {
        "cmd": "python train.py",
        "deps": ["data/prepared", "train.py"],
        "params": ["epochs", "lr"],
        "metrics": [
            {"metrics/train.json": {"cache": False}},
            {"metrics/evaluate.json": {"cache": False}},
        ],
        "plots": [
            {"plots/history.csv": {"cache": False}},
            {"plots/predictions.csv": {"cache": False}},
            {"plots/val_predictions.csv": {"cache": False}},
            {"plots/reliability.png": {"cache": False}},
        ],
    },
}


def write_run(
    folder: Path,
    *,
    wrong: Collection[int] = (),
    test_wrong: Collection[int] = (),
    lr: object = 0.1,
    classes: Sequence[str] = CLASSES,
    val: Sequence[int] = range(IMAGES),
    test: Sequence[int] = range(IMAGES),
) -> None:
    """Write a run whose model takes some images for the next class, and no other.

    Args:
        folder: where to.
        wrong: the numbers of those validation images.
        test_wrong: the numbers of those test images.
        lr: a param.
        classes: the names; image n is of class n modulo their number.
        val: the numbers of the validation images.
        test: the numbers of the test images.
    """
    for name in ("code", "metrics", "plots"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "code/split.py").write_text("SPLIT = 1\n", encoding="utf-8")
    (folder / "train.py").write_text("LAYERS = 1\n", encoding="utf-8")
    (folder / "params.yaml").write_text(f"epochs: 2\nlr: {lr}\n", encoding="utf-8")
    val_accuracy, val_loss = _write_split(folder / "plots/val_predictions.csv", val, wrong, classes)
    trained = {"train_loss": 0.5, "val_loss": val_loss, "val_accuracy": val_accuracy}
    _write_json(folder / "metrics/train.json", trained)
    accuracy, loss = _write_split(folder / "plots/predictions.csv", test, test_wrong, classes)
    scores = {
        "test_accuracy": accuracy,
        "test_accuracy_interval": wilson_interval(round(accuracy * len(test)), len(test)),
        "test_loss": loss,
        "classes": [{"class": name} for name in classes],
    }
    _write_json(folder / "metrics/evaluate.json", scores)
    lines = ["epoch,train_loss,train_accuracy,val_loss,val_accuracy", "1,0.9,0.6,,", "2,0.8,0.7,,"]
    (folder / "plots/history.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "plots/reliability.png").write_bytes(picture())
    record_run(folder, params={"epochs": 2, "lr": lr})


def _write_split(
    path: Path, images: Sequence[int], wrong: Collection[int], classes: Sequence[str]
) -> tuple[float, float]:
    """Write the predictions on a split; return the accuracy and the loss."""
    rows = [
        (
            classes[image % len(classes)],
            classes[(image + (image in wrong)) % len(classes)],
            f"{path.stem}-{image}",
            1.5 if image in wrong else 0.2 + image % 7 / 100,
        )
        for image in images
    ]
    write_csv(path, ("actual", "predicted", "digest", "loss"), rows)
    right = sum(image not in wrong for image in images)
    return right / len(images), sum(row[-1] for row in rows) / len(images)


def record_run(folder: Path, *, params: dict[str, object]) -> None:
    """Write the dvc.yaml and the dvc.lock of a run that made the files in `folder`."""
    lock: dict[str, Any] = {}
    for name, stage in _PIPELINE.items():
        outs = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
        paths = [out if isinstance(out, str) else next(iter(out)) for out in outs]
        lock[name] = {
            "cmd": stage["cmd"],
            "deps": [_entry(folder, path) for path in stage["deps"]],
            "params": {"params.yaml": params} if "params" in stage else {},
            "outs": [_entry(folder, path) for path in paths],
        }
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": _PIPELINE}), encoding="utf-8")
    (folder / "dvc.lock").write_text(
        yaml.safe_dump({"schema": "2.0", "stages": lock}), encoding="utf-8"
    )


def _entry(folder: Path, name: str) -> dict[str, str]:
    """Return what dvc.lock holds of a file or a folder; of data that is not there, some digest."""
    path = folder / name
    if path.is_file():
        digest = _md5(path.read_bytes())
    elif path.is_dir():
        files = sorted(path.iterdir())
        listed = [{"md5": _md5(file.read_bytes()), "relpath": file.name} for file in files]
        digest = f"{_md5(json.dumps(listed).encode())}.dir"
    else:
        digest = f"{'0' * 32}.dir"
    return {"path": name, "hash": "md5", "md5": digest}


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


@cache
def picture() -> bytes:
    """Return a PNG."""
    return charts.confusion(np.eye(3, dtype=int), CLASSES).png()


def repository(folder: Path) -> Path:
    """Make a repository of git and DVC with one commit on main and no results."""
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc/config").write_text("[core]\n    analytics = false\n", encoding="utf-8")
    (folder / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n", encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    commit_run(folder)
    return folder


def commit_run(folder: Path) -> None:
    """Commit everything in `folder`."""
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Run")
