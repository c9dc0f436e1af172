"""The files of a git revision, or of the working tree.

The project may be a folder of a larger repository: every path is relative to the current folder,
which is the project's.
"""

import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from stages.common.errors import PipelineError


class RevisionError(PipelineError):
    """git cannot read the revision that was asked for."""


@dataclass(frozen=True)
class Commit:
    """A commit, read through git without checking it out."""

    label: str
    commit: str
    contents: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _blobs(self) -> dict[str, str]:
        """The hash of each file in or below the current folder, by path."""
        entries = _git("ls-tree", "-r", "-z", self.commit).split(b"\0")
        # An entry is `mode type hash<TAB>path`; a submodule has another type.
        parts = [entry.partition(b"\t") for entry in entries]
        files = [(head.split()[2], path) for head, _, path in parts if b" blob " in head]
        return {_decode(path): blob.decode() for blob, path in files}

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when the commit has no such file.

        Raises:
            RevisionError: the file is in the commit, and git cannot give its content.
        """
        if path in self.contents:
            return self.contents[path]
        blob = self._blobs.get(path)
        return None if blob is None else _git("cat-file", "blob", blob)

    def names(self, folder: str) -> list[str]:
        """Return the paths of the files in a folder, sorted."""
        wanted = PurePosixPath(folder)
        return sorted(path for path in self._blobs if PurePosixPath(path).parent == wanted)

    def extract(self, folder: Path) -> None:
        """Write the files in and below the current folder into `folder`."""
        archive = _git("archive", "--format=zip", "-0", self.commit)
        with ZipFile(io.BytesIO(archive)) as files:
            files.extractall(folder)


@dataclass(frozen=True)
class WorkingTree:
    """The files in the current folder."""

    label: str

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when there is no such file."""
        return Path(path).read_bytes() if Path(path).is_file() else None

    def names(self, folder: str) -> list[str]:
        """Return the paths of the files in a folder, sorted."""
        return sorted(path.as_posix() for path in Path(folder).glob("*") if path.is_file())

    def extract(self, folder: Path) -> None:
        """Copy the files that `git add -A` would commit into `folder`."""
        listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, map(os.fsdecode, listed.split(b"\0"))):
            if Path(name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(name, folder / name)


Revision = Commit | WorkingTree


def commit(name: str) -> Commit:
    """Return the commit that `name` (a branch, tag or hash) stands for.

    A branch wins over a tag of the same name, where git itself takes the tag.

    Raises:
        RevisionError: this is no git repository that may be read, or git knows no such commit.
    """
    _git("rev-parse", "--git-dir")
    found = _resolve(f"refs/heads/{name}") or _resolve(name)
    shown = _decode(_encode(name))
    if not found:
        raise RevisionError(
            f"git knows no revision {shown!r}; name another, or fetch it (`git fetch --unshallow`)"
        )
    label = found[:7] if found.startswith(name) else f"{shown} ({found[:7]})"
    return Commit(label, found)


def _resolve(name: str) -> str:
    """Return the digest of a commit, "" when git knows none of that name."""
    try:
        return _text("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    except RevisionError:
        return ""


def current_branch() -> str:
    """Return the name of the branch that is checked out; "" when none is."""
    return _text("branch", "--show-current")


def working_tree() -> WorkingTree:
    """Return the working tree, called by the branch and commit that it stands on."""
    branch = current_branch()
    head = _text("rev-parse", "--short=7", "HEAD")
    label = f"{branch} ({head})" if branch else head
    changed = _text("status", "--porcelain", "--untracked-files=no", "--", ".")
    return WorkingTree(f"{label} with uncommitted changes" if changed else label)


def experiments_from(base: Commit) -> dict[str, Commit]:
    """Return DVC's experiments that started from a commit by name, x-9 before x-10."""
    folder = f"refs/exps/{base.commit[:2]}/{base.commit[2:]}/"
    format_ = "--format=%(objectname) %(refname)"
    listed = _text("for-each-ref", "--sort=version:refname", format_, folder)
    found = {}
    for line in filter(None, listed.split("\n")):
        digest, _, reference = line.partition(" ")
        name = reference.removeprefix(folder)
        found[name] = Commit(name, digest)
    return found


def read_ahead(commits: Sequence[Commit], paths: Sequence[str]) -> None:
    """Read files of many commits in one call of git, so that `Commit.read` calls none for them.

    What git does not give that way is left to `Commit.read`, which says why.
    """
    wanted = [(each, path) for each in commits for path in paths]
    names = "".join(f"{each.commit}:./{path}\n" for each, path in wanted)
    try:
        output = _git("cat-file", "--batch", given=names.encode())
    except RevisionError:
        return
    at = 0
    for each, path in wanted:  # `hash type size`, and the content on the lines that follow
        head, at = output[at : output.index(b"\n", at)], output.index(b"\n", at) + 1
        if not head.endswith(b" missing"):
            _, kind, size = head.split()
            if kind == b"blob":
                each.contents[path] = output[at : at + int(size)]
            at += int(size) + 1


def commit_times(commits: Sequence[Commit]) -> dict[str, int]:
    """Return when each commit was made, in seconds since 1970, by its digest."""
    digests = [each.commit for each in commits]
    lines = _text("rev-list", "--no-walk=unsorted", "--timestamp", *digests).splitlines()
    return {digest: int(time) for time, digest in map(str.split, lines)}


def changed_files(before: Commit, after: Commit, paths: Sequence[str]) -> list[str]:
    """Return the files that differ between two commits, of those in or below `paths`."""
    arguments = ("--name-only", "-z", "--relative", before.commit, after.commit, "--", *paths)
    return [_decode(path) for path in _git("diff", *arguments).split(b"\0") if path]


def uncommitted_files() -> list[str]:
    """Return the tracked files of the whole repository that differ from HEAD, from its top."""
    # Added files are not among them: no checkout of another commit touches their content.
    listed = _git("diff", "--name-only", "-z", "--diff-filter=a", "HEAD", "--")
    return [_decode(path) for path in listed.split(b"\0") if path]


def untracked(paths: Sequence[str]) -> list[str]:
    """Return those of some paths that are files which git does not track, ignored or not."""
    listed = _git("ls-files", "--others", "-z", "--", *paths)
    return [os.fsdecode(path) for path in listed.split(b"\0") if path]


def project_folder() -> str:
    """Return the project's folder in its repository: "", or for example "models/fashion/"."""
    return _text("rev-parse", "--show-prefix")


def git_environment() -> dict[str, str]:
    """Return the environment without what a git hook says about its repository.

    In a hook GIT_DIR and GIT_INDEX_FILE name the repository and the index of the hook's git.
    Configuration stays: it is where a user allows a folder that belongs to another user.
    """
    kept = ("GIT_CONFIG", "GIT_SSH", "GIT_ASKPASS")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(kept)
    }


def _git(*arguments: str, given: bytes = b"") -> bytes:
    """Return what git prints; raise RevisionError with git's own reason when it fails."""
    try:
        done = subprocess.run(
            ("git", *map(_encode, arguments)),
            env=git_environment(),
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise RevisionError(
            "git: not found; install it (Debian, Ubuntu: apt-get install git)"
        ) from None
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise RevisionError(f"git {arguments[0]}: {reason}")
    return done.stdout


def _text(*arguments: str) -> str:
    return _decode(_git(*arguments)).strip()


def _decode(name: bytes) -> str:
    """Return what git prints, which is UTF-8 in every locale, as text that can be written again."""
    return name.decode(errors="backslashreplace")


def _encode(name: str) -> bytes:
    """Return a name for git; what the locale could not decode on the command line as it came."""
    return name.encode(errors="surrogateescape")
