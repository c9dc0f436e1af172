"""Run every stage again from nothing, and compare with what is committed, byte for byte.

    python -m tools.verify              what is checked out, with changes that are not committed yet
    python -m tools.verify REV          a commit, branch or tag

The revision's files go into a temporary folder with an empty cache. The raw data of this clone are
taken when their digests are right. Nothing is left behind. Exit status:

0   the committed results are those of the rerun
1   they are not: stale, edited, of other bits, or a stage uses what dvc.yaml does not name
2   it cannot be told: no such revision, other packages, no data, or a stage fails
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from stages.common.files import write_bytes
from tools.command import run_tool
from tools.page.markdown import escape
from tools.runs.freshness import stale_in
from tools.runs.revision import Revision, commit, working_tree
from tools.verify.clone import clone, give_raw
from tools.verify.compare import Outcome, compare
from tools.verify.rerun import check_packages, rerun, unnamed
from tools.verify.verdict import verdict

VERIFIED = "Committed results are what a rerun gives."


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="verify",
        description="Run every stage from nothing and compare with the committed results.",
        epilog="Status: 0 they are equal; 1 they are not; 2 it cannot be told.",
    )
    parser.add_argument(
        "revision", metavar="REV", nargs="?", help="a commit (default: what is checked out)"
    )
    parser.add_argument(
        "--line", type=Path, metavar="FILE", help="write the verdict there, a line of Markdown"
    )
    return parser.parse_args(given)


def verify(revision: Revision) -> tuple[list[Outcome], str]:
    """Return the outcome of each file, and why they are not those of a rerun: "" when they are."""
    with clone(revision) as folder:
        check_packages(folder)
        raw = give_raw(folder)
        changed = stale_in(folder, revision.label)
        rerun(folder, raw)
        outcomes = compare(revision, folder)
        return outcomes, verdict(outcomes, changed, unnamed(folder))


def main(given: Sequence[str] | None = None) -> int:
    """Verify a revision, print the table and the verdict, and return the exit status."""
    options = arguments(given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    revision = commit(options.revision) if options.revision else working_tree()
    print(f"verify: {revision.label}: every stage runs, without a cache", file=sys.stderr)
    outcomes, problem = verify(revision)
    width = max(len(outcome.path) for outcome in outcomes)
    for outcome in outcomes:
        print(f"{outcome.path:{width}}  {outcome.text or 'equal'}")
    if options.line:
        line = f"❌ {escape(problem)}" if problem else f"✅ {VERIFIED}"
        write_bytes(options.line, f"{line}\n".encode())
    if problem:
        print(f"verify: {revision.label}: {problem}", file=sys.stderr)
        return 1
    print(f"{revision.label}: {VERIFIED}")
    return 0


if __name__ == "__main__":
    run_tool("verify", main, failed=2)
