"""What trials depend on, as digests: the same on every machine that works for a search.

commit           the commit that is checked out
code             the files that draw a trial and run it, committed or not
lock             every package that they run on
data/prepared    the arrays, as dvc.lock names them
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from stages.common.errors import DataError
from stages.common.params import TRAINING_PARAMS, Params
from tools.runs.revision import commit
from tools.search.settings import Settings

CODE = (  # what tools/search/study.py and trial.py import, and they themselves
    "stages/common/dataset.py",
    "stages/common/errors.py",
    "stages/common/files.py",
    "stages/common/gluon",
    "stages/common/history.py",
    "stages/common/params.py",
    "stages/common/strict_yaml.py",
    "tools/search/settings.py",
    "tools/search/study.py",
    "tools/search/trial.py",
)
LOCKS = ("requirements/base.lock", "requirements/search.lock")
# How many trials there are and what follows them; the rest of search.yaml decides the trials.
_AROUND = {"trials", "finalists", "finalist_seeds"}

_FIXES = {
    "commit": "`git fetch` and `git checkout` it",
    "code": "commit and check out the changes; `git status`",
    "lock": "commit and check out the locks; `git status`",
    "data/prepared": "give both the same params.yaml and dvc.lock",
}


def fingerprint() -> dict[str, str]:
    """Return the digest of all that must be the same, but for the data."""
    paths = map(Path, CODE)
    files = (file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path]))
    return {
        "commit": commit("HEAD").commit,
        "code": _together(files),
        "lock": _together(map(Path, LOCKS)),
    }


def study_key(same: Mapping[str, str], settings: Settings, base: Params) -> dict[str, object]:
    """Return all that decides a trial of a given number, and nothing else.

    So more trials continue a study, and so does a change of the docs, or in params.yaml of a param
    that the study varies.
    """
    fixed = {"device", "seed", *TRAINING_PARAMS} - settings.vary.keys()
    return {
        "search.yaml": settings.model_dump(exclude=_AROUND),
        "params.yaml": base.model_dump(include=fixed),
        **{name: each for name, each in same.items() if name != "commit"},
    }


def digest(content: object) -> str:
    """Return a short digest of what JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def check_same(ours: Mapping[str, str], theirs: Mapping[str, str]) -> None:
    """Raise DataError, in a line, for the first thing of ours that is not the same there."""
    for name, here in ours.items():
        there = theirs.get(name, "unknown")
        if here != there:
            raise DataError(f"{name} is {here[:12]} here and {there[:12]} there: {_FIXES[name]}")


def _together(paths: Iterable[Path]) -> str:
    """Return one digest of the names and the contents of files."""
    listed = [[path.as_posix(), path.read_text(encoding="utf-8")] for path in sorted(paths)]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()
