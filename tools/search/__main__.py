"""Try many params, and run the best of them as DVC experiments.

python -m tools.search                                    on all cores of this machine
python -m tools.search --scheduler tcp://127.0.0.1:8786   on the workers of a Dask cluster
"""

import argparse
import signal
import sys

from tools.command import run_tool
from tools.optional import installed_by
from tools.search.processes import at_least_one, cores, load_workers

STOPPED = "search: stopped: every trial that ended is recorded; the same command resumes"


class _Stopped(BaseException):
    """SIGINT or SIGTERM came; not an Exception, so that nothing takes it for a fault."""


def _stop(signum: int, _frame: object) -> None:
    signal.signal(signum, signal.SIG_IGN)  # ending the workers takes a few seconds
    raise _Stopped(signum)


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.search", description=str(__doc__).partition("\n")[0]
    )
    parser.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="use the workers of this Dask cluster"
    )
    parser.add_argument(
        "--workers",
        type=at_least_one,
        default=len(cores()),
        help="processes on this machine (default: its cores)",
    )
    return parser.parse_args()


def main() -> int:
    """Run the search; return the status of a search that was stopped, and 0."""
    given = arguments()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _stop)
    try:
        if not given.scheduler:
            load_workers()
        with installed_by("search"):
            from tools.search.search import search  # noqa: PLC0415 - a second, not for --help

        search(scheduler=given.scheduler, workers=given.workers)
    except _Stopped as stopped:
        print(STOPPED, file=sys.stderr)
        return 128 + int(stopped.args[0])
    return 0


if __name__ == "__main__":
    run_tool("search", main)
