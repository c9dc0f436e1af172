"""`make scheduler`: hands the trials of searches to the workers of a cluster, until Ctrl-C."""

import argparse
import asyncio

from stages.common.errors import PipelineError
from tools.command import run_tool
from tools.optional import installed_by
from tools.search.processes import allow_open_files

with installed_by("scheduler"):
    from distributed import Scheduler

    from tools.search.pool import check_address
    from tools.search.worker import until_stopped


async def schedule(address: str) -> None:
    """Listen at an address of this machine.

    Raises:
        PipelineError: this is not possible.
    """
    try:
        scheduler = await Scheduler(host=address, dashboard_address="127.0.0.1:0")
    except (OSError, RuntimeError, ValueError) as problem:
        reason = problem.__cause__ or problem  # Dask wraps the system's own error
        raise PipelineError(
            f"{address}: {reason}; name an address of this machine and a free port"
        ) from problem
    async with scheduler:
        print(f"scheduler at {scheduler.address}", flush=True)
        await scheduler.finished()


def main() -> None:
    """Schedule until SIGINT or SIGTERM comes."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.search.scheduler", description=str(__doc__).strip()
    )
    parser.add_argument("address", help="where to listen, for example tls://10.0.0.1:8786")
    address = parser.parse_args().address
    check_address(address)
    allow_open_files()
    asyncio.run(until_stopped(schedule(address)))


if __name__ == "__main__":
    run_tool("scheduler", main)
