"""What an outcome depends on, as digests: the same on every machine that works for a search.

commit           the commit that the clone is at
code             the files that a trial runs, also where they are not committed
lock             every package that they run on
data/prepared    the arrays, as dvc.lock names them
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from stages.common.errors import DataError
from tools.runs.revision import commit

CODE = ("stages/common", "tools/search")
LOCKS = ("requirements/base.lock", "requirements/search.lock")


def identity(data: str) -> dict[str, str]:
    """Return the digest of all that must be the same, with that of data/prepared given."""
    return {
        "commit": commit("HEAD").commit,
        "code": _together(path for folder in CODE for path in Path(folder).rglob("*.py")),
        "lock": _together(map(Path, LOCKS)),
        "data/prepared": data,
    }


def digest(content: object) -> str:
    """Return a short digest of what JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def check_same(ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    """Raise DataError, in a line, for the first thing that is not the same here and there."""
    fixes = {
        "commit": "`git fetch` and `git checkout` it",
        "code": "commit and check out the changes; `git status`",
        "lock": "commit and check out the locks; `git status`",
    }
    for name, fix in fixes.items():
        here, there = ours[name], theirs.get(name, "unknown")
        if here != there:
            raise DataError(f"{name} is {here[:12]} here and {there[:12]} there: {fix}")


def _together(paths: Iterable[Path]) -> str:
    """Return one digest of the names and the contents of files."""
    listed = [(path.as_posix(), _md5(path)) for path in sorted(paths)]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest that DVC has for a file or a folder: MD5, of a folder as a list."""
    if path.is_file():
        return _md5(path)
    files = sorted(each for each in path.rglob("*") if each.is_file())
    listed = [{"md5": _md5(each), "relpath": each.relative_to(path).as_posix()} for each in files]
    return _hex(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _md5(path: Path) -> str:
    return _hex(path.read_bytes())


def _hex(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
