"""A worker of a search, on its own."""

import os
import subprocess
import sys

import pytest

from tests.support.project import ROOT, clean_environment

# Work as it is when Dask, which is closing a connection, suppresses the first cancellation.
STUBBORN = """
import asyncio, contextlib, os, signal
from tools.search import worker

async def work():
    with contextlib.suppress(asyncio.CancelledError):
        os.kill(os.getpid(), signal.{signum})
        await asyncio.sleep(300)
    print("suppressed", flush=True)
    await asyncio.sleep(300)

worker.CLOSING = 0.1
asyncio.run(worker.until_stopped(work()))
"""


@pytest.mark.parametrize("signum", ["SIGTERM", "SIGINT"])
def test_a_worker_stops_even_when_dask_suppresses_it(signum: str) -> None:
    """A signal ends a worker, even when its first cancellation is suppressed."""
    command = [sys.executable, "-c", STUBBORN.format(signum=signum)]
    environment = clean_environment() | {"PYTHONPATH": os.fspath(ROOT)}
    said = subprocess.check_output(command, cwd=ROOT, env=environment, text=True, timeout=60)
    assert said == "suppressed\n"
