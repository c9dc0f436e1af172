"""The CPU time and memory that a command takes, with the processes that it starts."""

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# A small process starts the command: on Linux a child's figure begins at what its parent holds,
# and that is a lot after some hundred tests.
_MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("used", used.ru_utime + used.ru_stime, "s", used.ru_maxrss, "kB", file=sys.stderr)
sys.exit(status)
"""


@dataclass(frozen=True)
class Usage:
    """What a command printed and took."""

    stdout: str
    seconds: float  # CPU time, user and system
    peak: int  # MiB of the process that took the most


def measure(*command: str, folder: Path, environment: Mapping[str, str]) -> Usage:
    """Run a command, which must end with status 0, in a folder."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = re.search(r"^used (\S+) s (\d+) kB$", done.stderr, re.MULTILINE)
    assert found, done.stderr
    return Usage(done.stdout, float(found[1]), int(found[2]) // 1024)
