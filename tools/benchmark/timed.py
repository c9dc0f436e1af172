"""Time and memory of a command."""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.benchmark.places import environment


@dataclass(frozen=True)
class Timed:
    """What one run of a command took."""

    seconds: float  # from start to end
    peak_mb: float  # resident memory of the largest of its processes


def timed(folder: Path, *command: str, **variables: str) -> Timed:
    """Run a command in `folder` that must succeed, and measure it."""
    log = (
        folder / ".benchmark.tmp"
    )  # a file, since a full pipe would stop the command; .gitignore has *.tmp
    with log.open("wb") as out:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment(**variables), stdout=out, stderr=out
        )
        # The kernel keeps the largest resident size among the process and the children that it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(
            f"benchmark: `{' '.join(command)}` exited with {process.returncode}:\n{log.read_text()}"
        )
    return Timed(seconds, usage.ru_maxrss / 1024)


def summary(runs: list[Timed]) -> dict[str, Any]:
    """Return the figures of several runs of one command."""
    seconds = [run.seconds for run in runs]
    return {
        "seconds": seconds,
        "median": statistics.median(seconds),
        "min": min(seconds),
        "peak_mb": max(run.peak_mb for run in runs),
    }
