"""`python -m tools.report BASE [--fail-if CONDITION]...`: write the report of a change.

It writes report/report.md and report/index.html and prints the verdict. Exit status:

0   the report is written, and the gate passes
1   there is no report: an option, a revision or a file is wrong
2   the report is written, and the gate fails: the change is worse, a condition holds or cannot be
    applied, or the results are not those of the params, code and data
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from stages.common.errors import DataError
from stages.common.files import write_bytes
from tools.command import run_tool
from tools.report import gate, markdown, page
from tools.report.change import Change, compare
from tools.report.links import picture_links
from tools.report.text import notes, verdict
from tools.runs.model import check_model
from tools.runs.record import EVALUATE, Run
from tools.runs.revision import Commit, commit, working_tree

OUTPUT = Path("report")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """End with status 1, not argparse's 2, which says that the gate fails."""
        self.exit(1, f"report: {message}; --help shows the options\n")


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = _Parser(
        prog="python -m tools.report",
        description="Compare the working tree's results with a revision's.",
        epilog="Status: 0 written, gate passes; 1 something is wrong, no report; 2 gate fails.",
    )
    parser.add_argument(
        "base", nargs="?", default="main", help="the git revision to compare with (default: main)"
    )
    parser.add_argument(
        "--fail-if",
        action="append",
        default=[],
        metavar="CONDITION",
        help="what fails the gate in place of a validation loss that is worse by more than chance "
        "explains, e.g. 'val_loss > base + 0.01'; commas separate; 'never' is no gate",
    )
    return parser.parse_args()


def conditions_of(given: Sequence[str]) -> list[gate.Condition] | None:
    """Return the conditions of the command line: None for the default gate."""
    texts = [text for text in given if text]  # make passes "" when FAIL_IF is not set
    if texts == [gate.NEVER]:
        return []
    return [gate.parse(text) for each in texts for text in each.split(",")] or None


def change_from(base: Commit) -> Change:
    """Return what changes from a commit to the working tree."""
    head = Run(working_tree())
    if EVALUATE not in head.metrics:
        raise DataError(f"{EVALUATE}: the working tree has no results; run `make repro` first")
    return compare(Run(base), head)


def main() -> None:
    """Write the report and apply the gate."""
    given = arguments()
    conditions = conditions_of(given.fail_if)
    base = commit(given.base)
    check_model()
    change = change_from(base)
    checks = gate.judge(conditions, change)
    links = picture_links(base, working_tree(), os.environ)
    comment, html = markdown.render(change, checks, links), page.render(change, checks)
    write_bytes(OUTPUT / "report.md", comment.encode())
    write_bytes(OUTPUT / "index.html", html.encode())
    print(verdict(change))
    for note in notes(change):
        print(f"report: {note}", file=sys.stderr)
    print(f"wrote {OUTPUT / 'report.md'} and {OUTPUT / 'index.html'}")
    failed = [check for check in checks if check.failed]
    for check in failed:
        print(f"report: gate: failed: {check.rule}: {check.reason}", file=sys.stderr)
    if failed:
        sys.exit(2)


if __name__ == "__main__":
    run_tool("report", main)
