"""Compare the recorded experiments: a table, a page, a picture of the sweep, learning curves.

    python -m tools.compare                    all that started from HEAD, and HEAD itself
    python -m tools.compare 'sweep-*'          those of these names
    python -m tools.compare --rev main         those that started from main

Runs are ranked by their validation loss. Of the test split only the chosen run's figure is shown.
"""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from stages.common.errors import PipelineError
from stages.common.files import write_bytes
from stages.common.history import HISTORY, History, parse_history
from tools.command import run_tool
from tools.compare import text
from tools.compare.experiments import Experiments, load_experiments
from tools.compare.page import content_of
from tools.page import markdown
from tools.page.content import Content
from tools.page.curves import learning_curves
from tools.page.parallel import parallel
from tools.page.render import render
from tools.page.sweep import sweep
from tools.page.vega import png
from tools.runs.revision import Commit
from tools.runs.seeds import Comparison, compare, mean_curve, table_of

OUT = Path("report/compare")
SHOWN = 20  # rows of a table in the terminal
OURS = re.compile(r"(sweep|curves)(-\d+)?\.(png|csv)")
DRAWN = 5  # groups whose learning curves are drawn


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's arguments, parsed."""
    parser = argparse.ArgumentParser(
        prog="compare", description="Compare the recorded experiments."
    )
    parser.add_argument(
        "names", nargs="*", help="names of experiments, with * and ? as in a shell; default: all"
    )
    parser.add_argument("--rev", help="the commit that they started from; default: HEAD")
    parser.add_argument("--out", type=Path, default=OUT, help=f"where to write; default: {OUT}")
    return parser.parse_args(arguments)


def read_history(revision: Commit) -> History:
    """Return the learning curve that a run recorded."""
    path = HISTORY.as_posix()
    return parse_history(revision.read(path) or b"", f"{revision.label}: {path}")


def read_curves(comparison: Comparison) -> tuple[dict[int, pd.DataFrame], list[str]]:
    """Return the mean learning curves of the best groups, by rank, and why others are missing."""
    curves, problems = {}, []
    revisions = comparison.runs["revision"]
    for rank, rows in enumerate(comparison.groups["rows"].head(DRAWN), start=1):
        try:
            histories = [read_history(revisions[row]) for row in rows]
        except PipelineError as problem:  # noqa: PERF203 - five at most
            problems.append(f"No learning curve of rank {rank}: {problem}.")
        else:
            curves[rank] = mean_curve(histories)
    return curves, problems


def write_pictures(content: Content, out: Path, suffix: str) -> None:
    """Write the pictures of a comparison, and the figures behind its learning curves."""
    trials = content.trials
    if len(trials) > 1:
        over = sweep(trials, None) or parallel(trials, None, content.one)
        write_bytes(out / f"sweep{suffix}.png", png([over]))
    if content.curves:
        drawn = [learning_curves(content.curves, figure) for figure in ("loss", "accuracy")]
        write_bytes(out / f"curves{suffix}.png", png(drawn))
        table = pd.concat(content.curves, names=["group"]).droplevel(1).round(6)
        write_bytes(out / f"curves{suffix}.csv", table.to_csv().encode())


@dataclass(frozen=True)
class Section:
    """A comparison as text, and as a part of the page."""

    title: str
    table: pd.DataFrame
    lines: list[str]  # what the table means, and which run to keep
    how_to_take: str  # that run
    content: Content


def make_section(
    comparison: Comparison, experiments: Experiments, out: Path, suffix: str
) -> Section:
    """Write the pictures of a comparison and return its text."""
    curves, problems = read_curves(comparison)
    content = content_of(comparison, experiments, curves)
    write_pictures(content, out, suffix)
    return Section(
        text.title(comparison),
        text.table(comparison),
        [*text.legend(comparison), *text.verdict(comparison), *problems],
        text.how_to_take(text.choose(comparison), experiments),
        content,
    )


def terminal_text(sections: Sequence[Section], notes: Sequence[str], out: Path) -> str:
    """Return the comparison for a terminal."""
    lines = [text.PARTED, ""] if len(sections) > 1 else []
    for section in sections:
        if len(sections) > 1:
            lines += [section.title, ""]
        lines.append(section.table.head(SHOWN).to_string(index=False))
        if len(section.table) > SHOWN:
            lines.append(f"... and {len(section.table) - SHOWN} more in {out}/table.md")
        lines += ["", *section.lines, section.how_to_take, ""]
    whole = "\n".join([*lines, *notes, f"Page, pictures and tables: {out}/"])
    # A dataset may have any name; a terminal would obey its control characters.
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}"
        for each in whole
    )


def markdown_text(sections: Sequence[Section], notes: Sequence[str]) -> str:
    """Return the comparison as Markdown."""
    blocks: list[str] = [markdown.escape(text.PARTED)] if len(sections) > 1 else []
    for section in sections:
        if len(sections) > 1:
            blocks.append(f"### {markdown.escape(section.title)}")
        rows = section.table.to_numpy().tolist()
        blocks.append(markdown.table(section.table.columns, rows).rstrip("\n"))
        blocks.append("\n".join(map(markdown.escape, section.lines)))
    if notes:
        blocks.append("\n".join(f"- {markdown.escape(note)}" for note in notes))
    return "\n\n".join(blocks) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the comparison and write it to a folder.

    Args:
        arguments: of the command line; those of this process when None.
    """
    options = parse_arguments(arguments)
    out: Path = options.out
    experiments = load_experiments(options.names, options.rev)
    runs = table_of(experiments.runs)
    for old in out.glob("*"):
        if OURS.fullmatch(old.name):  # an earlier comparison may have had more pictures
            old.unlink()
    sections = [
        make_section(comparison, experiments, out, f"-{number}" if number > 1 else "")
        for number, comparison in enumerate(compare(runs), start=1)
    ]
    notes = text.notes(experiments)
    write_bytes(out / "table.md", markdown_text(sections, notes).encode())
    parted = text.PARTED if len(sections) > 1 else ""
    contents = [section.content for section in sections]
    page = render(contents, title="Comparison", above=parted, notes=notes)
    write_bytes(out / "index.html", page.encode())
    revisions = [revision.commit[:7] for revision in runs.pop("revision")]
    runs.insert(1, "rev", revisions)
    write_bytes(out / "runs.csv", runs.to_csv(index=False).encode())
    print(terminal_text(sections, notes, out))


if __name__ == "__main__":
    run_tool("compare", main)
