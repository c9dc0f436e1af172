"""How to apply an experiment: `dvc exp apply` discards uncommitted edits without a word."""

import shlex
from pathlib import Path

from tools.runs.git import RevisionError
from tools.runs.record import PARAMS
from tools.runs.revision import (
    Commit,
    commit,
    experiments_from,
    project_folder,
    read_ahead,
    uncommitted_files,
)

RESULTS = ("dvc.lock", "metrics/", "plots/")  # a run wrote them, and can write them again
SHOWN = 3  # files in the line


def apply_command(experiment: Commit) -> str:
    """Return the command that applies an experiment."""
    try:
        commit(experiment.label)  # DVC would take a branch or a tag of that name
    except RevisionError:
        return f"dvc exp apply {shlex.quote(experiment.label)}"
    return f"dvc exp apply {experiment.commit[:7]}"


def keep_edits() -> str:
    """Return what to say before a line that recommends `dvc exp apply`, "" without edits."""
    edited = edited_files()
    if not edited:
        return ""
    more = len(edited) - SHOWN
    named = ", ".join(edited[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return (
        f"`dvc exp apply` would discard your uncommitted edits of {named}.\n"
        "Keep them: `git stash` now, and `git stash pop` once the result is committed.\n"
    )


def edited_files() -> list[str]:
    """Return the tracked files that hold work of the user's, from the top of the repository.

    Results are none, nor are params that an experiment has recorded, which `dvc exp run` has left
    in the working tree.
    """
    here = project_folder()
    results = tuple(here + each for each in RESULTS)
    edited = [path for path in uncommitted_files() if not path.startswith(results)]
    if here + PARAMS in edited and _are_recorded(PARAMS):
        edited.remove(here + PARAMS)
    return edited


def _are_recorded(path: str) -> bool:
    """Return whether an experiment that started from HEAD holds a file as it is here."""
    experiments = list(experiments_from(commit("HEAD")).values())
    read_ahead(experiments, [path])
    return Path(path).is_file() and any(
        each.contents.get(path) == Path(path).read_bytes() for each in experiments
    )
