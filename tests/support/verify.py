"""A small repository whose two stages run in milliseconds, for `python -m tools.verify`."""

import hashlib
import sys
from pathlib import Path

import yaml

from tests.support.project import ROOT, Project, clean_environment, git

_TRAIN = """\
import json, pathlib, yaml
params = yaml.safe_load(open("params.yaml"))
pathlib.Path("data/model").mkdir(parents=True, exist_ok=True)
pathlib.Path("data/model/weight").write_text(str(params["lr"]))
loss = {"loss": round(0.5 + params["lr"] / 3, 6), "classes": [{"class": "a", "f1": 0.5}]}
pathlib.Path("metrics/train.json").write_text(json.dumps(loss))
rows = "".join(f"{epoch},{loss['loss'] / epoch:.6f}\\n" for epoch in (1, 2))
pathlib.Path("plots/history.csv").write_text(f"epoch,loss\\n{rows}")
"""
_PIPELINE = {
    "train": {
        "cmd": "python train.py",
        "deps": ["train.py"],
        "params": ["lr"],
        "outs": ["data/model"],
        "metrics": [{"metrics/train.json": {"cache": False}}],
        "plots": [{"plots/history.csv": {"cache": False}}],
    }
}


def small_project(folder: Path, *, repository: Path | None = None) -> Project:
    """Return a project in `folder` with committed results; its git repository may be above it."""
    for name in ("metrics", "plots", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "train.py").write_text(_TRAIN, encoding="utf-8")
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": _PIPELINE}), encoding="utf-8")
    (folder / "params.yaml").write_text("lr: 0.1\n", encoding="utf-8")
    root = repository or folder
    git(root, "init", "-q", "-b", "main")
    environment = clean_environment() | {
        "PYTHONPATH": str(ROOT),
        "DVC_SITE_CACHE_DIR": str(folder.parent / "site-cache"),
    }
    project = Project(folder, environment)
    Project(root, environment).run("dvc", "init", "-q")
    project.run("dvc", "repro", "-q")
    project.commit("Run")
    return with_own_tmp(project, folder.parent)


def with_own_tmp(project: Project, folder: Path) -> Project:
    """Give a project a folder of temporary files, in `folder`; DVC has left its own elsewhere."""
    (folder / "tmp").mkdir()
    project.environment["TMPDIR"] = str(folder / "tmp")
    return project


def verified(project: Project, *options: str, status: int) -> tuple[list[str], str]:
    """Run `python -m tools.verify`, which must end with `status`; return its table and last line.

    Nothing may be left in the folder of temporary files.
    """
    done = project.run(sys.executable, "-m", "tools.verify", *options, status=status)
    assert not list(Path(project.environment["TMPDIR"]).iterdir())
    return done.stdout.splitlines(), done.stderr.splitlines()[-1]


def forge(project: Project, path: str, old: str, new: str) -> None:
    """Replace a text in a result, and the result's digest in dvc.lock, as if a run had made it."""
    file, lock = project.path(path), project.path("dvc.lock")
    before = file.read_bytes()
    after = before.replace(old.encode(), new.encode())
    assert after != before
    file.write_bytes(after)
    text = lock.read_text(encoding="utf-8").replace(_digest(before), _digest(after))
    lock.write_text(text, encoding="utf-8")


def _digest(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
