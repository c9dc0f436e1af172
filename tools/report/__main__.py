"""`python -m tools.report BASE [--fail-if CONDITION]...`: write report/report.md and report/index.html.

Exit status 0, or 1 when something is wrong with the input, or 2 when a condition of the gate holds.
"""

import argparse
import sys
from pathlib import Path

from stages.common.errors import DataError, PipelineError
from stages.common.files import write_bytes
from tools.report import gate, markdown, page
from tools.report.comparison import Comparison, compare
from tools.report.results import load_results
from tools.report.revision import commit, working_tree
from tools.report.verdict import notes, verdict

OUTPUT = Path("report")


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.report",
        description="Compare the working tree's results with a revision's.",
    )
    parser.add_argument(
        "base", nargs="?", default="main", help="the git revision to compare with (default: main)"
    )
    parser.add_argument(
        "--fail-if",
        action="append",
        default=[],
        metavar="CONDITION",
        help="exit with status 2 when it holds, e.g. 'test_accuracy < base - 0.005'; several go with commas",
    )
    return parser.parse_args()


def compared(base: str) -> Comparison:
    """Return the working tree compared with the revision `base`."""
    before, after = load_results(commit(base)), load_results(working_tree())
    if after.predictions is None:
        raise DataError(
            "metrics/evaluate.json, plots/predictions.csv: the working tree has no results; run `make repro` first"
        )
    return compare(before, after)


def main() -> None:
    """Write the report and apply the gate."""
    given = arguments()
    conditions = [
        gate.parse(text) for group in given.fail_if for text in group.split(",") if text.strip()
    ]
    comparison = compared(given.base)
    base, head = comparison.base, comparison.head
    outcomes = [
        gate.apply(condition, base.metrics, head.metrics, base.label) for condition in conditions
    ]
    write_bytes(OUTPUT / "report.md", markdown.render(comparison, outcomes).encode())
    write_bytes(OUTPUT / "index.html", page.render(comparison, outcomes).encode())
    print(verdict(comparison))
    for note in notes(comparison):
        print(f"report: {note}", file=sys.stderr)
    print(f"wrote {OUTPUT / 'report.md'} and {OUTPUT / 'index.html'}")
    failed = [outcome for outcome in outcomes if outcome.failed]
    for outcome in failed:
        print(f"report: gate: {outcome.condition.text}: {outcome.explanation}", file=sys.stderr)
    if failed:
        sys.exit(2)


if __name__ == "__main__":
    try:
        main()
    except PipelineError as error:
        sys.exit(f"report: {error}")
    except OSError as error:
        sys.exit(f"report: {error.filename}: {error.strerror}; mend that and run it again")
