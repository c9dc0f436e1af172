"""The files of a revision: a commit, or the working tree."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from stages.common.errors import PipelineError


class RevisionError(PipelineError):
    """git cannot give the revision that was asked for."""


class Revision(Protocol):
    """Where the files of a run are read from."""

    @property
    def label(self) -> str:
        """How people call it."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when there is none."""

    def names(self, folder: str) -> list[str]:
        """Return the paths of the files in a folder, sorted."""


@dataclass(frozen=True)
class Commit:
    """A commit, read through git without checking it out."""

    label: str
    commit: str  # 40 hexadecimal digits

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when the commit has none."""
        done = _git("cat-file", "blob", f"{self.commit}:{path}")
        return None if done.returncode else done.stdout

    def names(self, folder: str) -> list[str]:
        """Return the paths of the files in a folder, sorted."""
        listed = _git("ls-tree", "-z", "--name-only", self.commit, f"{folder}/").stdout
        return sorted(filter(None, listed.decode(errors="replace").split("\0")))


@dataclass(frozen=True)
class WorkingTree:
    """The files as they lie in the current folder, the repository's root."""

    label: str

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when there is none."""
        return Path(path).read_bytes() if Path(path).is_file() else None

    def names(self, folder: str) -> list[str]:
        """Return the paths of the files in a folder, sorted."""
        return sorted(path.as_posix() for path in Path(folder).glob("*") if path.is_file())


def commit(name: str) -> Commit:
    """Return the commit that `name` (a branch, tag or hash) stands for.

    Raises:
        RevisionError: git knows none of that name, or is not there, or this is no repository.
    """
    inside = _git("rev-parse", "--git-dir")
    if inside.returncode:
        raise RevisionError(
            f"git: {inside.stderr.decode(errors='replace').strip()}; run from the repository's root"
        )
    done = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if done.returncode:
        raise RevisionError(
            f"BASE: git knows no revision {name!r}; name another, or fetch it (`git fetch --unshallow origin`)"
        )
    found = done.stdout.decode().strip()
    return Commit(found[:7] if found.startswith(name) else f"{name} ({found[:7]})", found)


def working_tree() -> WorkingTree:
    """Return the working tree, labelled with the branch and commit that it stands on."""
    branch = _git("branch", "--show-current").stdout.decode().strip()
    head = _git("rev-parse", "--short=7", "HEAD").stdout.decode().strip()
    changed = (
        " with uncommitted changes"
        if _git("status", "--porcelain", "--untracked-files=no").stdout
        else ""
    )
    return WorkingTree((f"{branch} ({head})" if branch else head) + changed)


def references(folder: str) -> dict[str, Commit]:
    """Return the commits that the references in a folder (`refs/heads`) lead to, by name."""
    listed = _git("for-each-ref", "--format=%(objectname) %(refname)", f"{folder}/").stdout
    found = {}
    for line in listed.decode(errors="replace").split("\n"):
        digest, _, reference = line.partition(" ")
        name = reference.removeprefix(f"{folder}/")
        if name:
            found[name] = Commit(name, digest)
    return found


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise RevisionError(
            "git: not found; install it (Debian, Ubuntu: apt-get install git)"
        ) from None
