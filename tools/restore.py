"""Bring params, results and data back to the last commit, whatever an experiment left of them.

    python -m tools.restore          asks before it discards params that no experiment has recorded
    python -m tools.restore --yes    does not ask

These are params.yaml, dvc.lock, metrics/ and plots/, and the data that dvc.lock names. All other
files stay as they are.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from stages.common.errors import PipelineError
from tools.command import run_tool
from tools.runs.edits import RESULTS, edited_files
from tools.runs.record import PARAMS
from tools.runs.revision import changed_lines, project_folder, restore_from_head

FILES = (PARAMS, *RESULTS)


def let_git_look_again() -> None:
    """Touch the files, so that git compares their contents and sees every edit.

    By sizes and times alone it can take a file that DVC has written for the one in its index.
    """
    for path in map(Path, FILES):
        for each in (path, *path.rglob("*")):
            if each.is_file():
                os.utime(each)


def ask() -> None:
    """Raise PipelineError unless the user agrees to lose the params."""
    question = f"{PARAMS} has edits that no experiment has recorded"
    if not sys.stdin.isatty():
        raise PipelineError(f"{question}; `make restore YES=1` discards them")
    if input(f"{question}. Discard them? [y/N] ").strip().lower() not in ("y", "yes"):
        raise PipelineError("nothing was changed")


def restore_data() -> None:
    """Check the stages' data out of DVC's cache."""
    command = (sys.executable, "-m", "dvc", "checkout", "--force", "--quiet", "dvc.yaml")
    if subprocess.run(command, check=False).returncode:
        raise PipelineError(
            "params and results are those of the last commit, the data is not: DVC says above why; "
            "what its cache lacks `dvc pull` or `dvc repro` brings"
        )


def main() -> None:
    """Restore, and say what is discarded and what is kept."""
    parser = argparse.ArgumentParser(
        prog="restore", description="Bring params, results and data back to the last commit."
    )
    parser.add_argument("--yes", action="store_true", help="discard params without asking")
    given = parser.parse_args()
    let_git_look_again()
    edited, params = edited_files(), project_folder() + PARAMS
    for line in changed_lines(PARAMS):
        print(f"{PARAMS}: {line}")
    if params in edited and not given.yes:
        ask()
    restore_from_head(FILES)
    restore_data()
    print("params, results and data are those of the last commit")
    if kept := [name for name in edited if name != params]:
        print(f"your edits stay, and are not in these results: {', '.join(kept)}")


if __name__ == "__main__":
    run_tool("restore", main)
