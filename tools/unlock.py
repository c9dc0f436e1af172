"""Remove what a stopped DVC left cut short: `python -m tools.unlock`; `make repro` begins with it.

DVC rewrites two files in place, .dvc/tmp/rwlock and dvc.lock. A kill, or Ctrl-C, in that moment leaves them empty or half
written, and every later command ends with "Unable to read RWLock-file" or "validation failed"; a dvc.lock without the last
`size:` of a stage DVC takes for whole. And when it was to enter a run in its run cache, it takes half of a temporary file
there for the entry, or stumbles over a folder without one: then `dvc repro` ends with "'outs'", "does not exist" or "join()
argument must be str". Without them DVC goes on: from the first it takes nothing that outlives its processes, the second it
makes again out of its run cache, and of the third the run of one stage is lost at most. A whole file is left alone, and so
is a dvc.lock with the marks of a merge, which is for people.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

RWLOCK, LOCKFILE, RUN_CACHE = Path(".dvc/tmp/rwlock"), Path("dvc.lock"), Path(".dvc/cache/runs")


def is_rwlock(text: str) -> bool:
    """Say whether DVC could read `text` as its table of running commands."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def is_lockfile(text: str) -> bool:
    """Say whether `text` is a whole dvc.lock, or has the marks of a merge."""
    if "\n<<<<<<< " in f"\n{text}":
        return True
    try:
        content = yaml.load(text, yaml.CSafeLoader)  # safe, and written in C
        stages = content["stages"].values() if content["schema"] else ()
        return text.endswith("\n") and all(_is_whole(stage) for stage in stages)
    except (yaml.YAMLError, LookupError, TypeError, AttributeError):
        return False


def _is_whole(stage: dict[str, Any]) -> bool:
    listed = [*stage.get("deps", ()), *stage.get("outs", ())]
    return "cmd" in stage and all({"path", "hash", "md5", "size"} <= entry.keys() for entry in listed)


def remove_if_cut_short(path: Path, is_whole: Callable[[str], bool]) -> None:
    """Remove a file that is there and not whole, and say so."""
    if path.exists() and not is_whole(path.read_text(errors="replace")):
        path.unlink()
        print(f"{path}: cut short when dvc was stopped; removed")


def remove_unfinished_entries() -> None:
    """Remove temporary files from the run cache, and the folders of entries that have none."""
    for temporary in RUN_CACHE.glob("*/*/.*.tmp"):
        remove_if_cut_short(temporary, lambda _text: False)
    for folder in RUN_CACHE.glob("*/*"):
        if not any(folder.iterdir()):
            folder.rmdir()
            print(f"{folder}: left empty when dvc was stopped; removed")


def is_in_use(text: str) -> bool:
    """Say whether a process that a whole rwlock names is alive."""
    return any(_is_alive(int(pid)) for pid in re.findall(r'"pid": ?(\d+)', text))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> None:
    """Look at the files while no other DVC writes them."""
    RWLOCK.parent.mkdir(parents=True, exist_ok=True)
    with RWLOCK.with_name("rwlock.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # DVC holds this lock while it rewrites rwlock
        remove_if_cut_short(RWLOCK, is_rwlock)
        if not (RWLOCK.exists() and is_in_use(RWLOCK.read_text())):  # whoever runs a stage writes the others at its end
            remove_if_cut_short(LOCKFILE, is_lockfile)
            remove_unfinished_entries()


if __name__ == "__main__":
    main()
