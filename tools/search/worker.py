"""`make worker`: the processes of this machine run trials for a search on another.

It finds out which search the scheduler has, checks that the commit, the code, the locks and
data/prepared are the same here, and serves until it is stopped. Another search, or a scheduler
that was restarted, is checked again.
"""

import argparse
import asyncio
import contextlib
import signal
import time
from collections.abc import Coroutine, Mapping
from urllib.parse import urlsplit

from stages.common.dataset import PREPARED
from stages.common.errors import PipelineError
from tools.command import run_tool
from tools.optional import installed_by
from tools.search.dvc import bring_prepared
from tools.search.fingerprint import check_same, fingerprint
from tools.search.processes import at_least_one, cores, load_workers

with installed_by("worker"):
    from distributed import Client, Nanny, Status
    from distributed.utils import get_ip

    from tools.search.pool import SERVED, check_address, worker_options

WAIT = 600  # seconds to wait for a scheduler and its search
POLL = 2  # seconds between looks at which search there is
CLOSING = 10  # seconds that the end of the processes may take
ENDED = (Status.closing, Status.closing_gracefully, Status.closed, Status.failed)

Fingerprint = Mapping[str, str]


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.search.worker", description=str(__doc__).partition("\n")[0]
    )
    parser.add_argument("scheduler", help="the address, for example tcp://10.0.0.1:8786")
    parser.add_argument(
        "--processes", type=at_least_one, default=len(cores()), help="default: its cores"
    )
    parser.add_argument("--wait", type=float, default=WAIT, help="seconds for a search to come")
    return parser.parse_args()


async def find_search(address: str, wait: float) -> Fingerprint:
    """Return the fingerprint of the search that a scheduler has; wait for it.

    Raises:
        PipelineError: none came in time.
    """
    deadline = time.monotonic() + wait
    problem = "has no search"
    while True:
        try:
            async with Client(address, asynchronous=True, timeout=10) as client:
                found = await client.get_metadata(SERVED, default=None)
        except OSError:
            problem, found = "does not answer", None
        if found:
            return dict(found)
        if time.monotonic() > deadline:
            raise PipelineError(f"{address} {problem}; waited {wait:g} s")
        await asyncio.sleep(1)


def agree(theirs: Fingerprint) -> None:
    """Check that all is the same here, and bring the data; raise DataError where it is not."""
    check_same(fingerprint(), theirs)
    check_same({str(PREPARED): bring_prepared()}, theirs)


async def serve(address: str, theirs: Fingerprint, processes: int) -> None:
    """Run trials until the scheduler has another search, or a process has lost the scheduler.

    Raises:
        OSError: the scheduler is lost.
    """
    # Binds to the interface that reaches the scheduler, and to no other.
    host = get_ip(urlsplit(address).hostname)
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(address, asynchronous=True, timeout=10))
        nannies = [
            Nanny(address, host=host, **worker_options(number, processes, theirs))
            for number in range(processes)
        ]
        await asyncio.gather(*map(stack.enter_async_context, nannies))
        print(f"serving {address} with {processes} processes", flush=True)
        # A nanny starts its process anew when that is killed, and ends when its connection does.
        while all(nanny.status not in ENDED for nanny in nannies):
            if await client.get_metadata(SERVED, default=None) != theirs:
                return
            await asyncio.sleep(POLL)


async def work(given: argparse.Namespace) -> None:
    """Serve one search after the other."""
    while True:
        theirs = await find_search(given.scheduler, given.wait)
        await asyncio.to_thread(agree, theirs)
        with contextlib.suppress(OSError):
            await serve(given.scheduler, theirs, given.processes)
        print(f"{given.scheduler} is lost or has another search: looking again", flush=True)


async def until_stopped(work: Coroutine[object, object, None]) -> None:
    """Run until SIGINT or SIGTERM comes, and let it tidy up then."""
    working = asyncio.ensure_future(work)
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
    # Dask suppresses a cancellation that comes while it closes a connection: cancel until it ends.
    while not working.done():
        working.cancel()
        await asyncio.wait([working], timeout=CLOSING)
    with contextlib.suppress(asyncio.CancelledError):
        await working


def main() -> None:
    """Join the searches of a cluster."""
    given = arguments()
    check_address(given.scheduler)
    load_workers()
    asyncio.run(until_stopped(work(given)))


if __name__ == "__main__":
    run_tool("worker", main)
