"""`python -m tools.report BASE [--fail-if CONDITION]...`: write the report of a change.

It writes report/report.md and report/index.html and prints the verdict. Exit status:

0   the report is written, and the gate, if one was given, passes
1   there is no report: an option, a revision or a file is wrong
2   the report is written, and the gate fails: a condition holds or cannot be applied, or the
    results are not those of the params, code and data
"""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from stages.common.errors import DataError
from stages.common.files import write_bytes
from tools.command import run_tool
from tools.report import gate, markdown, page
from tools.report.comparison import Comparison, compare
from tools.report.links import picture_links
from tools.report.results import load_results
from tools.report.verdict import notes, verdict
from tools.runs.model import check_model
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
        help="the gate fails when it holds, e.g. 'test_accuracy < base - 0.005'; commas separate",
    )
    return parser.parse_args()


def compare_with(base: Commit) -> Comparison:
    """Return the working tree compared with a commit."""
    before, after = load_results(base), load_results(working_tree())
    if after.predictions is None:
        raise DataError(
            "metrics/evaluate.json, plots/predictions.csv: the working tree has no results; "
            "run `make repro` first"
        )
    return compare(before, after)


def main() -> None:
    """Write the report and apply the gate."""
    given = arguments()
    # make passes "" when FAIL_IF is not set; any other text states conditions.
    texts = [text for each in given.fail_if if each for text in each.split(",")]
    conditions = [gate.parse(text) for text in texts]
    base = commit(given.base)
    check_model()
    comparison = compare_with(base)
    outcomes = gate.judge(conditions, comparison.base, comparison.head)
    links = picture_links(base, working_tree(), os.environ)
    write_bytes(OUTPUT / "report.md", markdown.render(comparison, outcomes, links).encode())
    write_bytes(OUTPUT / "index.html", page.render(comparison, outcomes).encode())
    print(verdict(comparison))
    for note in notes(comparison):
        print(f"report: {note}", file=sys.stderr)
    print(f"wrote {OUTPUT / 'report.md'} and {OUTPUT / 'index.html'}")
    failed = [outcome for outcome in outcomes if outcome.failed]
    for outcome in failed:
        print(f"report: gate: {outcome.text}: {outcome.explanation}", file=sys.stderr)
    if failed:
        sys.exit(2)


if __name__ == "__main__":
    run_tool("report", main)
