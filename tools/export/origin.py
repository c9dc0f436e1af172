"""Where a model is from: what leaves the repository says so.

`data/model` itself holds neither clock nor commit, so that the same params give the same bytes.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from stages.common.dataset import PREPARED
from stages.common.errors import PipelineError
from stages.common.files import read_bytes
from tools.runs.freshness import stale
from tools.runs.git import RevisionError
from tools.runs.lock import LOCK, parse_lock
from tools.runs.revision import commit, uncommitted_files, working_tree

PACKAGES = "requirements/base.lock"
_SHOWN = 3  # names in a sentence
_DIGITS = 12  # of a digest, for people


@dataclass(frozen=True)
class Origin:
    """The state of the repository that a model is exported from."""

    commit: str  # "" outside of git
    changed: tuple[str, ...]  # files that differ from the commit
    stale: tuple[str, ...]  # what changed since the results were made
    digests: dict[str, str]  # MD5 of dvc.lock, and of what it names: packages and prepared data

    @property
    def problem(self) -> str:
        """Why nobody could make this model again from a commit; "" when anybody can."""
        problems = []
        if not self.commit:
            problems.append("it is of no commit: this is no git repository")
        if self.changed:
            files = _listed(self.changed)
            problems.append(f"{files} differs from commit {self.commit[:_DIGITS]}")
        if self.stale:
            problems.append(f"{_listed(self.stale)} changed since the results were made")
        return "; ".join(problems)

    @property
    def sentence(self) -> str:
        """The origin on one line."""
        if self.problem:
            return f"Not reproducible: {self.problem}"
        return f"Made from commit {self.commit[:_DIGITS]}, without changes, with its results"

    def metadata(self) -> dict[str, str]:
        """Return the origin for programs."""
        return {
            "commit": self.commit,
            "clean": str(not self.changed).lower(),
            "stale": ", ".join(self.stale),
            **{f"md5 of {path}": digest for path, digest in self.digests.items()},
        }


def read_origin() -> Origin:
    """Return the origin of what is exported from the current folder.

    Raises:
        DataError: dvc.lock is missing or damaged.
    """
    content = read_bytes(Path(LOCK))
    try:
        head, changed, outdated = commit("HEAD").commit, uncommitted_files(), stale(working_tree())
    except RevisionError:
        head, changed, outdated = "", [], ()
    stages = parse_lock(content).stages.values()
    entries = [entry for stage in stages for entry in (*stage.deps, *stage.outs)]
    named = {e.path: e.md5 for e in entries if e.path in (PACKAGES, str(PREPARED))}
    own = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return Origin(head, tuple(changed), outdated, {LOCK: own} | named)


class ReleaseError(PipelineError):
    """A release was asked for of what nobody could make again."""


def check_release(origin: Origin) -> None:
    """Raise ReleaseError unless the model is that of a commit, with its results."""
    if origin.problem:
        raise ReleaseError(f"refused: {origin.problem}; commit it with its results first")


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
