"""The worker processes of this machine: how many, what they are forked from, on which cores."""

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path

from stages.common.errors import PipelineError


def allow_open_files() -> None:
    """Raise this process's limit of open files: Dask needs some for each worker."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard // 2), hard))


def load_workers() -> None:
    """Start to load what the workers need, in a process of its own, and do not wait for it.

    Raises:
        PipelineError: this machine has no room for what processes talk through.
    """
    allow_open_files()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tools.search.preload"])
    try:
        context.Lock()  # Dask needs some, and they lie in /dev/shm
    except OSError as problem:
        raise PipelineError(
            f"worker processes need shared memory in /dev/shm: {problem.strerror or problem}; "
            "mount a tmpfs there that you can write to"
        ) from problem
    try:
        forkserver.ensure_running()
    except OSError as problem:  # "AF_UNIX path too long"
        folder = tempfile.gettempdir()
        raise PipelineError(
            f"worker processes need a socket in {folder}: {problem}; set TMPDIR to another folder "
            "with a short path, such as TMPDIR=/tmp"
        ) from problem


def cores() -> list[int]:
    """Return the cores that this process may use."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def at_least_one(text: str) -> int:
    """Return a number of processes from the command line, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not allowed; it must be a number from 1")
    return int(text)


def share_of(number: int, processes: int) -> list[int]:
    """Return the cores of one of some processes: an even share, or one core where it is less.

    A trainer left alone uses two cores, and little more than half of each.
    """
    ours = cores()
    return ours[number::processes] or [ours[number % len(ours)]]


def confine(to: list[int]) -> None:
    """Keep this process on some cores, with all threads that it has or will have."""
    if sys.platform == "linux":
        done: set[str] = set()
        # A thread starts with the cores of the one that starts it, which may not be confined yet.
        while new := {thread.name for thread in Path("/proc/self/task").iterdir()} - done:
            for thread in new:
                with suppress(ProcessLookupError):  # it has ended
                    os.sched_setaffinity(int(thread), to)
            done |= new
