"""Compare the recorded experiments: a table, a page, a picture of the sweep, learning curves.

    python -m tools.compare                    all that started from HEAD, and HEAD itself
    python -m tools.compare 'sweep-*'          those of these names
    python -m tools.compare --rev main         those that started from main

Runs are ranked by their validation loss. Only the selected run shows its test accuracy.
"""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.common.errors import DataError
from stages.common.files import write_bytes, write_csv
from stages.common.history import History
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
from tools.page.table import Table
from tools.page.terminal import terminal_lines
from tools.page.vega import png
from tools.runs.ranking import Ranking, mean_curve, name_code, rank
from tools.runs.record import Run, numbers

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


def read_curves(ranking: Ranking) -> tuple[dict[str, History], list[str]]:
    """Return the mean learning curves of the best groups by name, and why others are missing."""
    curves, problems = {}, []
    names = text.group_names(ranking, DRAWN)
    for place, (name, group) in enumerate(zip(names, ranking.groups, strict=False), start=1):
        try:
            curves[name] = mean_curve([run.history for run in group.runs])
        except DataError as problem:  # noqa: PERF203 - five at most
            problems.append(f"No learning curve of rank {place}: {problem}.")
    return curves, problems


def write_pictures(content: Content, out: Path, suffix: str) -> None:
    """Write the pictures of a ranking, and the numbers behind its learning curves."""
    trials = content.trials
    if len(trials) > 1:
        over = sweep(trials, None) or parallel(trials, None, content.one)
        write_bytes(out / f"sweep{suffix}.png", png([over]))
    if content.curves:
        drawn = [learning_curves(content.curves, score) for score in ("loss", "accuracy")]
        write_bytes(out / f"curves{suffix}.png", png(drawn))
        columns = list(next(iter(content.curves.values())))
        rows = [
            (name, *epoch)
            for name, curve in content.curves.items()
            for epoch in zip(*(curve[column] for column in columns), strict=True)
        ]
        write_csv(out / f"curves{suffix}.csv", ("group", *columns), rows)


def write_runs(path: Path, runs: Sequence[Run]) -> None:
    """Write a row a run, the best first: its name, commit, params, code, data and metrics."""
    letters = name_code(runs)
    rows: list[Mapping[str, Any]] = [
        {"name": run.name, "rev": run.commit.commit[:7]}
        | {name: str(value) for name, value in run.params.items()}
        | {"code": letter, "data": run.data}
        | numbers(run.training)
        for run, letter in zip(runs, letters, strict=True)
    ]
    rows.sort(key=lambda row: (row["val_loss"], row["name"]))
    header = list(dict.fromkeys(name for row in rows for name in row))
    write_csv(path, header, [[row.get(name) for name in header] for row in rows])


@dataclass(frozen=True)
class Section:
    """A ranking as text, and as a part of the page."""

    title: str
    table: Table
    lines: list[str]  # what the table means, and which run to keep
    how_to_apply: str  # that run
    content: Content


def make_section(ranking: Ranking, experiments: Experiments, out: Path, suffix: str) -> Section:
    """Write the pictures of a ranking and return its text."""
    curves, problems = read_curves(ranking)
    content = content_of(ranking, experiments, curves)
    write_pictures(content, out, suffix)
    return Section(
        text.title(ranking),
        text.table(ranking),
        [*text.legend(ranking), *text.selection(ranking), *problems],
        text.how_to_apply(text.selected(ranking), experiments),
        content,
    )


def terminal_text(sections: Sequence[Section], notes: Sequence[str], out: Path) -> str:
    """Return the comparison for a terminal."""
    lines = [text.PARTED, ""] if len(sections) > 1 else []
    for section in sections:
        if len(sections) > 1:
            lines += [section.title, ""]
        lines += terminal_lines(section.table, most=SHOWN, whole=f"{out}/table.md")
        lines += ["", *section.lines, section.how_to_apply, ""]
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
        blocks.append(markdown.table_of(section.table).rstrip("\n"))
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
    for old in out.glob("*"):
        if OURS.fullmatch(old.name):  # an earlier comparison may have had more pictures
            old.unlink()
    sections = [
        make_section(ranking, experiments, out, f"-{number}" if number > 1 else "")
        for number, ranking in enumerate(rank(experiments.runs), start=1)
    ]
    notes = text.notes(experiments)
    write_bytes(out / "table.md", markdown_text(sections, notes).encode())
    parted = text.PARTED if len(sections) > 1 else ""
    contents = [section.content for section in sections]
    page = render(contents, title="Comparison", above=parted, notes=notes)
    write_bytes(out / "index.html", page.encode())
    write_runs(out / "runs.csv", experiments.runs)
    print(terminal_text(sections, notes, out))


if __name__ == "__main__":
    run_tool("compare", main)
