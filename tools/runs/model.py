"""Whether data/model is the model of the commit that is checked out."""

import hashlib
import json
from pathlib import Path

from stages.common.errors import DataError, ParamError
from stages.common.model import MODEL, Model
from stages.common.params import load_params
from tools.runs.lock import LOCK, parse_lock

_IGNORED = Path(".dvcignore")


def check_model() -> None:
    """Raise DataError when data/model is not the model that dvc.lock records.

    So it is after `git switch` without `dvc checkout`. Where one of the two is missing there is
    nothing to compare.
    """
    if not MODEL.is_dir() or not Path(LOCK).is_file():
        return
    recorded = parse_lock(Path(LOCK).read_bytes()).written.get(str(MODEL))
    if recorded and _digest(MODEL) != recorded:
        raise DataError(
            f"{MODEL}: not the model that {LOCK} records; `dvc checkout` brings that one, "
            "`dvc repro` trains with the present params, code and data"
        )


def changed_params(model: Model) -> list[str]:
    """Return the params that have other values in params.yaml than `model` was trained with."""
    try:
        params = load_params().model_dump()
    except ParamError:  # the stages say what is wrong with them
        return []
    trained_with = {"dataset": model.info.dataset, **model.params}
    return [name for name, value in trained_with.items() if params.get(name) != value]


def _digest(folder: Path) -> str:
    """Return the digest that DVC has for a folder of files: the MD5 of a list of their MD5s."""
    lines = _IGNORED.read_text(encoding="utf-8").splitlines() if _IGNORED.is_file() else []
    ignored = [line.removeprefix("\\") for line in lines if line and not line.startswith("#")]
    files = [path for path in sorted(folder.iterdir()) if not any(map(path.match, ignored))]
    listed = [{"md5": _md5(path.read_bytes()), "relpath": path.name} for path in files]
    return f"{_md5(json.dumps(listed).encode())}.dir"


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
