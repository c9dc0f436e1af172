"""Experiments as `dvc exp run` records them, made by git in milliseconds instead of by training."""

import hashlib
import json
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import yaml

from stages.common.scoring import wilson_interval
from tests.support.project import PARAMS, clean_environment, git

Files = dict[str, bytes]  # contents by path, relative to the project's folder

CODE = {"stages/train.py": "1" * 32, "stages/common/gluon": f"{'2' * 32}.dir"}
_STAGES = ("download", "preprocess", "train", "evaluate")
_IMAGES = ("dataset", "seed", "val_fraction")  # params that preprocess reads
TEST_IMAGES = 1000


def files_of_run(
    *,
    val_loss: float = 0.5,
    right: int = 800,
    code: Mapping[str, str] = CODE,
    data: str = "3" * 32,
    classes: Sequence[str] = ("circle", "square"),
    train: object = None,
    lacking: Collection[str] = (),
    **params: object,
) -> Files:
    """Return what git holds of a run.

    Args:
        val_loss: the validation loss; there is none when val_fraction is 0.
        right: how many of the TEST_IMAGES the model classifies correctly.
        code: the digests of the files and folders that the stage `train` runs, by path.
        data: the digest of data/raw.
        classes: the class names.
        train: what metrics/train.json holds instead of the metrics: an object, or its bytes.
        lacking: params that this run did not know.
        params: params that are not the tests' own.
    """
    params = {name: each for name, each in (PARAMS | params).items() if name not in lacking}
    has_val = params["val_fraction"] != 0
    val = {"val_loss": val_loss, "val_accuracy": 1 - val_loss / 2} if has_val else {}
    metrics: dict[str, object] = {"train_loss": 0.4, "train_accuracy": 0.85, **val, "kept_epoch": 2}
    metrics["epochs_run"] = params["epochs"]
    scores = {
        "test_accuracy": right / TEST_IMAGES,
        "test_accuracy_interval": wilson_interval(right, TEST_IMAGES),
        "classes": [{"class": name, "f1": 0.5} for name in classes],
    }
    last = f"{val_loss},{1 - val_loss / 2}" if has_val else ","
    rows = [
        "epoch,train_loss,train_accuracy,val_loss,val_accuracy",
        f"1,0.6,0.7,{last}",
        f"2,0.4,0.85,{last}",
    ]
    files = {
        "params.yaml": yaml.safe_dump(params, sort_keys=False).encode(),
        "metrics/train.json": train
        if isinstance(train, bytes)
        else json.dumps(train or metrics).encode(),
        "metrics/evaluate.json": json.dumps(scores, ensure_ascii=False).encode(),
        "plots/history.csv": "\n".join([*rows, ""]).encode(),
    }
    return files | {"dvc.lock": _lock(files, params, code, data)}


def _lock(files: Files, params: Mapping[str, object], code: Mapping[str, str], data: str) -> bytes:
    digests = {
        path: hashlib.md5(content, usedforsecurity=False).hexdigest()
        for path, content in files.items()
    }
    deps = {
        "download": {"data/datasets.yaml": "4" * 32, "stages/download.py": "5" * 32},
        "preprocess": {"data/raw": data, "stages/preprocess.py": "6" * 32},
        "train": {"data/prepared": "7" * 32, **code},
        "evaluate": {"plots/history.csv": digests["plots/history.csv"]},
    }
    outs = {
        "download": {"data/raw": data},
        "preprocess": {"data/prepared": "7" * 32},
        "train": {path: digests[path] for path in ("metrics/train.json", "plots/history.csv")},
        "evaluate": {"metrics/evaluate.json": digests["metrics/evaluate.json"]},
    }
    read = {
        "download": {"dataset": params["dataset"]},
        "preprocess": {name: params[name] for name in _IMAGES},
        "train": {name: each for name, each in params.items() if name not in _IMAGES},
        "evaluate": {},
    }
    stages = {
        name: {
            "cmd": f"python -m stages.{name}",
            "deps": [{"path": p, "hash": "md5", "md5": d} for p, d in deps[name].items()],
            "params": {"params.yaml": read[name]},
            "outs": [{"path": p, "hash": "md5", "md5": d} for p, d in outs[name].items()],
        }
        for name in _STAGES
    }
    return yaml.safe_dump({"schema": "2.0", "stages": stages}, sort_keys=False).encode()


def new_recorded_project(folder: Path, files: Files, *, repository: Path | None = None) -> None:
    """Make a DVC project in `folder` with one committed run.

    Args:
        folder: the project's folder.
        files: the run.
        repository: the root of the git repository, `folder` or one above it.
    """
    for path, content in (files | {".dvc/config": b"", ".dvc/.gitignore": b"/tmp\n"}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    git(repository or folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Run")


def record(folder: Path, experiments: Mapping[str, Files]) -> None:
    """Record experiments that started from HEAD, by name.

    Each commit has HEAD as its parent and a reference as DVC names it.
    """
    base = git(folder, "rev-parse", "HEAD").strip()
    prefix = git(folder, "rev-parse", "--show-prefix").strip()
    stream = bytearray()
    for name, files in experiments.items():
        stream += f"commit refs/exps/{base[:2]}/{base[2:]}/{name}\n".encode()
        stream += b"committer Test <test@example.com> 0 +0000\ndata 3\nRun\n"
        stream += f"from {base}\n".encode()
        for path, content in files.items():
            stream += f"M 100644 inline {prefix}{path}\ndata {len(content)}\n".encode()
            stream += content + b"\n"
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=folder,
        env=clean_environment(),
        input=bytes(stream),
        check=True,
    )
