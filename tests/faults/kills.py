"""One round of a kill: a run is stopped at a moment, `dvc repro` follows, and the bytes are compared."""

import random
import re
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import yaml

from tests.faults.results import Files, differences, results, size, temporary_files
from tests.faults.signals import STAGES, Moment, Stopped, run_stage_timed, stop
from tests.support.project import Project, new_project
from tools.unlock import is_lockfile

EDIT = "# an edit that is not committed\n"
EDITED = ("Makefile", "params.yaml")  # files that take it as a comment
COMMANDS = {
    "dvc repro": ("dvc", "repro"),
    "dvc exp run": ("dvc", "exp", "run", "-S", "lr=0.3"),
    "dvc exp run --temp": ("dvc", "exp", "run", "--temp", "-S", "lr=0.3"),
}
# What docs/troubleshooting.md says to do after a killed `dvc exp run`, on the branch main.
RECOVERY: tuple[tuple[str, ...], ...] = (
    ("git", "reset", "-q"),
    ("git", "symbolic-ref", "HEAD", "refs/heads/main"),
    ("git", "update-ref", "-d", "refs/exps/stash"),
)
RECOVERY_OF_STASH: tuple[tuple[str, ...], ...] = (
    ("git", "checkout", "-q", "stash@{0}", "--", "."),
    ("git", "reset", "-q"),
    ("git", "stash", "drop", "-q"),
)
# A line of a traceback out of a stage. DVC's own process prints some too (when it is stopped while it starts or saves
# an output, treeverse/dvc#10655), which we cannot mend.
TRACEBACK_OF_A_STAGE = re.compile(
    r'File "(<frozen runpy>|.*/(runpy\.py|(stages|mxnet|matplotlib|numpy|pandas)/))'
)

DAMAGED_INDEX = re.compile(r"invalid data in index|unpack requires a buffer|Invalid index file")


@dataclass(frozen=True)
class Survived:
    """What one round came to."""

    stopped: Stopped
    compared: int  # bytes
    stashed: bool  # the user's edit had to be fetched from git's stash
    damaged: str  # the file that DVC had in hand and that had to be mended, or ""


class Arena:
    """Projects to start rounds from, and the results of undisturbed runs to compare with.

    `snapshots[stage]` is a project in which every stage before `stage` has been run, and nothing is committed since;
    `seconds[stage]` is how long that stage took.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        first = new_project(folder / "first")
        self.environment = first.environment | {"PYTHONUNBUFFERED": "1"}
        self.snapshots = {}
        self.seconds = {"": 1.5}  # of dvc itself before the first stage
        for stage in STAGES:
            self.snapshots[stage] = self.copy(first, f"before {stage}")
            self.seconds[stage] = run_stage_timed(first, stage)
        self.references = {0.1: results(first)}
        first.set_params(lr=0.3)
        first.run("dvc", "repro")
        self.references[0.3] = results(first)

    def copy(self, project: Project, name: str) -> Project:
        """Return a copy of a project, in a folder called `name`."""
        shutil.copytree(project.folder, self.folder / name, symlinks=True)
        return Project(self.folder / name, self.environment)

    def moment(self, chance: random.Random, stage: str) -> Moment:
        """Draw a moment in a stage, or before the first when `stage` is ""."""
        return Moment(stage, chance.uniform(0, self.seconds[stage]))

    def reference(self, project: Project) -> Files:
        """Return the undisturbed results for the params that a project has."""
        return self.references[
            0.3 if "\nlr: 0.3" in project.path("params.yaml").read_text() else 0.1
        ]


def survive(
    arena: Arena, name: str, command: Sequence[str], at: Moment, by: signal.Signals
) -> Survived:
    """Stop a command at a moment in a copy of the project; assert that `dvc repro` then ends as if nothing had happened.

    Assert also that edits that were not committed are kept, but for a params.yaml that had to be mended, and that `git` is
    usable.
    """
    project = arena.copy(arena.snapshots[at.stage or "train"], name)
    for edited in EDITED:
        with project.path(edited).open("a") as file:
            file.write(EDIT)
    stopped = stop(project, *command, at=at, by=by)
    told = f"{' '.join(command)} at {at} by {by.name}:\n{stopped.output}"
    damaged = go_on(project)
    wanted, found = arena.reference(project), results(project)
    undisturbed, disturbed = (files["dvc.lock"].decode().splitlines() for files in (wanted, found))
    lines = "\n".join(unified_diff(undisturbed, disturbed, "undisturbed", "found", lineterm=""))
    assert not differences(found, wanted), (
        f"{differences(found, wanted)} differ after {told}\n{lines}"
    )
    assert not temporary_files(project.folder), (
        f"{temporary_files(project.folder)} are left after {told}"
    )
    for step in RECOVERY:
        project.run(*step)
    stashed = project.run("git", "stash", "list").stdout != ""
    if stashed:
        for step in RECOVERY_OF_STASH:
            project.run(*step)
    for edited in EDITED:
        kept = project.path(edited).read_text().endswith(EDIT)
        assert kept or edited == damaged, f"the edit of {edited} is lost after {told}"
    shutil.rmtree(project.folder)
    return Survived(stopped, size(found), stashed, damaged)


def go_on(project: Project) -> str:
    """Run a plain `dvc repro`; where a file that DVC had in hand was cut short, mend it, run again, and return the file.

    DVC fails for most that is cut short, but takes a dvc.lock without the last `size:` of a stage, and keeps it so.
    """
    first = project.run("dvc", "repro", status=None)
    if first.returncode == 0 and is_lockfile(project.path("dvc.lock").read_text()):
        return mend_index(project, "")
    removed = project.run("python", "-m", "tools.unlock").stdout.partition(":")[0]
    damaged = removed or mend_params(project, first.stderr) or mend_index(project, first.stderr)
    assert damaged, f"{first.stdout}\n{first.stderr}"
    project.run("dvc", "repro")
    return "an entry of the run cache" if damaged.startswith(".dvc/cache/runs") else damaged


def mend_params(project: Project, said: str) -> str:
    """Do what docs/troubleshooting.md says when `said` names params.yaml, which `dvc exp run` rewrites, and it is cut short."""
    names = set(yaml.safe_load(project.run("git", "show", "HEAD:params.yaml").stdout))
    if "params.yaml" not in said or all(
        f"\n{name}:" in "\n" + project.path("params.yaml").read_text() for name in names
    ):
        return ""
    project.run("git", "checkout", "-q", "params.yaml")
    return "params.yaml"


def mend_index(project: Project, said: str) -> str:
    """Do what docs/troubleshooting.md says when `said`, or git, has it that the index is locked or cut short."""
    lock, index = project.path(".git/index.lock"), project.path(".git/index")
    if lock.exists():
        lock.unlink()
        return ".git/index.lock"
    if not DAMAGED_INDEX.search(said) and project.run("git", "status", status=None).returncode == 0:
        return ""
    index.unlink()
    project.run("git", "reset", "-q")
    return ".git/index"
