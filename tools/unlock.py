"""Remove DVC's lock file when a killed DVC left it cut short: `python -m tools.unlock`; `make repro` begins with it.

DVC rewrites .dvc/tmp/rwlock in place. A kill in that moment leaves it empty, and every later command ends with "Unable
to read RWLock-file". A whole file is left alone: DVC itself takes the entries of dead processes out of it.
"""

import fcntl
import json
from pathlib import Path

RWLOCK = Path(".dvc/tmp/rwlock")


def is_cut_short(path: Path) -> bool:
    """Say whether a lock file is there and is not whole."""
    try:
        json.loads(path.read_bytes())
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return False


def main() -> None:
    """Look at the lock file, and remove it if it is cut short and no process is writing it."""
    if not is_cut_short(RWLOCK):
        return
    with RWLOCK.with_name("rwlock.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # DVC holds this lock while it rewrites the file
        if is_cut_short(RWLOCK):
            RWLOCK.unlink()
            print(f"{RWLOCK}: cut short by a killed dvc; removed")


if __name__ == "__main__":
    main()
