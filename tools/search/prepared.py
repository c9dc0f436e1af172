"""Bring data/prepared: as it lies there, from a DVC remote, or by running the pipeline up to it."""

from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from stages.common.dataset import PREPARED
from stages.common.errors import DataError
from stages.common.params import Params
from stages.common.strict_yaml import read_yaml
from tools.search.dvc import run_dvc
from tools.search.fingerprint import digest_of

LOCK = Path("dvc.lock")
RAW = "data/raw"


def bring_prepared(params: Params, wanted: str | None = None) -> str:
    """Make data/prepared hold what the params ask for; return its digest.

    Args:
        params: params.yaml.
        wanted: the digest that another machine has; None is any that fits the params.

    Raises:
        DataError: the pipeline does not make it, or makes other data than wanted.
    """
    locked = _locked_digest(params)
    if locked and wanted in (None, locked):
        if PREPARED.is_dir() and digest_of(PREPARED) == locked:
            return locked
        if (
            run_dvc("pull", "--quiet", str(PREPARED), output=DEVNULL)
            and digest_of(PREPARED) == locked
        ):
            return locked
    if not run_dvc("repro", "preprocess"):
        raise DataError("`dvc repro preprocess` failed (see above)")
    made = digest_of(PREPARED)
    if wanted not in (None, made):
        raise DataError(
            f"data/prepared is {made[:12]} here and {wanted[:12]} there; give both the same "
            "params.yaml and dvc.lock"
        )
    return made


def _locked_digest(params: Params) -> str | None:
    """Return what dvc.lock calls data/prepared; None when it was made from other params or code."""
    if not LOCK.exists():
        return None
    lock = read_yaml(LOCK, DataError)
    try:
        stage = lock["stages"]["preprocess"]
        used = stage["params"]["params.yaml"]
        current = all(getattr(params, name) == value for name, value in used.items())
        current &= all(_is_current(each) for each in stage["deps"] if each["path"] != RAW)
        outs = {each["path"]: each["md5"] for each in stage["outs"]}
        return outs[str(PREPARED)] if current else None
    except (KeyError, TypeError, AttributeError):
        return None  # damaged: `dvc repro` says so, or makes it again


def _is_current(dependency: dict[str, Any]) -> bool:
    path = Path(dependency["path"])
    return path.exists() and digest_of(path) == dependency["md5"]
