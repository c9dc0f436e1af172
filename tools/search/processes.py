"""The worker processes of this machine: how many, and what they are forked from."""

import multiprocessing
import os
from multiprocessing import forkserver


def load_workers() -> None:
    """Start to load what the workers need, in a process of its own, and do not wait for it."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tools.search.preload"])
    forkserver.ensure_running()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
