"""Uncommitted edits: `dvc exp apply` discards them without a word."""

from tools.runs.revision import project_folder, uncommitted_files

RESULTS = ("dvc.lock", "metrics/", "plots/")  # a run wrote them, and can write them again
SHOWN = 3  # files in the line


def keep_edits() -> str:
    """Return what to say before a line that recommends `dvc exp apply`, "" without edits.

    Files that git does not track count as no edits: DVC leaves them alone.
    """
    here = project_folder()
    results = tuple(here + each for each in RESULTS)
    edited = [path for path in uncommitted_files() if not path.startswith(results)]
    if not edited:
        return ""
    more = len(edited) - SHOWN
    named = ", ".join(edited[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return (
        f"`dvc exp apply` would discard your uncommitted edits of {named}.\n"
        "Keep them: `git stash` now, and `git stash pop` once the result is committed.\n"
    )
