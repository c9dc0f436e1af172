"""Run the steps of a set-up: what they print goes to a log, and whoever waits sees that they go on.

VENV is the environment that is set up.
"""

import functools
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

from dev.setup.reach import environment

VENV = Path(".venv")
LOG = VENV / "install.log"  # the first file of a .venv that the set-up makes
PATIENCE = 30  # seconds after which a step that still runs shows what it is at


def stop(message: str, *, status: int = 1) -> NoReturn:
    """Say why there is no environment, and end."""
    print(f"make: {message}", file=sys.stderr)
    sys.exit(status)


def say(message: str) -> None:
    """Say what the set-up does, at once."""
    print(f"make: {message}", flush=True)


def run(*command: str) -> int:
    """Run a command, its output going to the log, and return its exit status."""
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        process = subprocess.Popen(
            command, env=variables(), stdout=log, stderr=log, close_fds=False
        )
    started = time.monotonic()
    try:
        while not has_ended(process):
            last = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-1]
            say(f"still at it after {time.monotonic() - started:.0f} s: {last.strip()}")
    except BaseException:
        process.kill()
        raise
    return process.returncode


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether a process ends within a time that people wait without a word."""
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return True


@functools.cache
def variables() -> dict[str, str]:
    """Return the environment of all that this program runs."""
    return environment(VENV / "uv.toml")
