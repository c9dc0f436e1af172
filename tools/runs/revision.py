"""The files of a git revision, or of the working tree.

The project may be a folder of a larger repository: every path is relative to the current folder,
which is the project's.
"""

import io
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from tools.runs.git import RevisionError, decode, encode, git, git_paths, git_text


@dataclass(frozen=True)
class Commit:
    """A commit, read through git without checking it out."""

    label: str
    commit: str
    time: int = 0  # when it was made, in seconds since 1970; 0 where nobody asked
    contents: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _blobs(self) -> dict[str, str]:
        """The hash of each file in or below the current folder, by path."""
        entries = git("ls-tree", "-r", "-z", self.commit).split(b"\0")
        # An entry is `mode type hash<TAB>path`; a submodule has another type.
        parts = [entry.partition(b"\t") for entry in entries]
        files = [(head.split()[2], path) for head, _, path in parts if b" blob " in head]
        return {decode(path): blob.decode() for blob, path in files}

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when the commit has no such file.

        Raises:
            RevisionError: the file is in the commit, and git cannot give its content.
        """
        if path in self.contents:
            return self.contents[path]
        blob = self._blobs.get(path)
        return None if blob is None else git("cat-file", "blob", blob)

    def names(self, folder: str) -> list[str]:
        """Return the paths of the files in a folder, sorted."""
        wanted = PurePosixPath(folder)
        return sorted(path for path in self._blobs if PurePosixPath(path).parent == wanted)

    def extract(self, folder: Path) -> None:
        """Write the files in and below the current folder into `folder`."""
        archive = git("archive", "--format=zip", "-0", self.commit)
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
        listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
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
    git("rev-parse", "--git-dir")
    found = _resolve(f"refs/heads/{name}") or _resolve(name)
    shown = decode(encode(name))
    if not found:
        raise RevisionError(
            f"git knows no revision {shown!r}; name another, or fetch it (`git fetch --unshallow`)"
        )
    label = found[:7] if found.startswith(name) else f"{shown} ({found[:7]})"
    return Commit(label, found)


def _resolve(name: str) -> str:
    """Return the digest of a commit, "" when git knows none of that name."""
    try:
        return git_text("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    except RevisionError:
        return ""


def current_branch() -> str:
    """Return the name of the branch that is checked out; "" when none is."""
    return git_text("branch", "--show-current")


def working_tree() -> WorkingTree:
    """Return the working tree, called by the branch and commit that it stands on."""
    branch = current_branch()
    head = git_text("rev-parse", "--short=7", "HEAD")
    label = f"{branch} ({head})" if branch else head
    changed = git_text("status", "--porcelain", "--untracked-files=no", "--", ".")
    return WorkingTree(f"{label} with uncommitted changes" if changed else label)


def experiments_from(base: Commit) -> dict[str, Commit]:
    """Return DVC's experiments that started from a commit by name, x-9 before x-10."""
    folder = f"refs/exps/{base.commit[:2]}/{base.commit[2:]}/"
    format_ = "--format=%(objectname) %(committerdate:unix) %(refname)"
    listed = git_text("for-each-ref", "--sort=version:refname", format_, folder)
    found = {}
    for line in filter(None, listed.split("\n")):
        digest, time, reference = line.split(" ", 2)
        name = reference.removeprefix(folder)
        found[name] = Commit(name, digest, int(time))
    return found


def read_ahead(commits: Sequence[Commit], paths: Sequence[str]) -> None:
    """Read files of many commits in one call of git, so that `Commit.read` calls none for them.

    What git does not give that way is left to `Commit.read`, which says why.
    """
    wanted = [(each, path) for each in commits for path in paths]
    names = "".join(f"{each.commit}:./{path}\n" for each, path in wanted)
    try:
        output = git("cat-file", "--batch", given=names.encode())
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


def changed_files(before: Commit, after: Commit, paths: Sequence[str]) -> list[str]:
    """Return the files that differ between two commits, of those in or below `paths`."""
    revisions = before.commit, after.commit
    return git_paths("diff", "--name-only", "-z", "--relative", *revisions, "--", *paths)


def uncommitted_files() -> list[str]:
    """Return the tracked files of the whole repository that differ from HEAD, from its top."""
    # Added files are not among them: no checkout of another commit touches their content.
    return git_paths("diff", "--name-only", "-z", "--diff-filter=a", "HEAD", "--")


def untracked(paths: Sequence[str]) -> list[str]:
    """Return those of some paths that are files which git does not track, ignored or not."""
    return git_paths("ls-files", "--others", "-z", "--", *paths)


def changed_lines(path: str) -> list[str]:
    """Return the lines of a file that differ from HEAD: "-..." those there, "+..." those here."""
    lines = git_text("diff-index", "-p", "-U0", "--no-ext-diff", "HEAD", "--", path).splitlines()
    return [line for line in lines if re.match(r"[-+](?!\+\+ |-- )", line)]


def restore_from_head(paths: Sequence[str]) -> None:
    """Make files and folders, those of the index too, what they are in HEAD."""
    names = git_paths("ls-tree", "-z", "--name-only", "HEAD", "--", *paths)
    git("restore", "--source=HEAD", "--staged", "--worktree", "--", *names)


def project_folder() -> str:
    """Return the project's folder in its repository: "", or for example "models/fashion/"."""
    return git_text("rev-parse", "--show-prefix")
