"""The results as Markdown, and the targets held against them."""

import math
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tools.page.markdown import Markdown, table

Rows = list[dict[str, Any]]
HEAD = """# Benchmark

Written by `make benchmark`, with [benchmark.json](benchmark.json): medians of one run on the real
data. The competitors of a section take turns, so that a machine that drifts is fair to all of them.
[dev/profile.md](../dev/profile.md) explains what binds an epoch.
"""
TEXTS = {
    "machine": "## Machine",
    "targets": "## Targets",
    "epochs": """## Seconds an epoch

Batch 256, 60,000 images in memory, rate 0.1, weights from Normal(0, 0.01), each trainer a warm
process. CPU is the time of all threads, user and system. A trainer whose mean loss in the fifth
epoch differs from ours by more than 0.005 trains something else: its row is void.""",
    "commands": """## Whole commands

Seconds, with the source data on disk; memory is that of the largest process. The empty stages are
four in a row that copy a small file; a new learning rate reruns two of them, as it does ours.""",
    "starts": """## What people wait for

Seconds of this project and of what it is compared with: itself at commit 5e76811 unless the row
names another; both take turns, with the packages' bytecode on disk. Under
PYTHONDONTWRITEBYTECODE=1 the earlier set-up left none, and this one leaves its own.""",
    "search": """## Search

`make search` on two processes; seconds are from the command to the last result, with the start of
the workers. Trials a minute (random, 5 epochs of batch 256) are counted from the end of the first
one; the base is a search that is confined to one core. CPU seconds are those of training and
validating. Its own trials are those of search.yaml, as many as train the grid's epochs.""",
}
# Each figure is the ratio of two rows, or one row: their section, how they begin, and the limit.
# The column is "median", or that before a colon.
TARGETS = (
    ("our epoch / NumPy's best", "epochs", "ours", "NumPy", "at most 1.3"),
    ("CPU time of our epoch / NumPy's best", "epochs", "CPU: ours", "CPU: NumPy", "at most 2.2"),
    ("`dvc repro` from nothing / chapter", "commands", "`dvc repro` f", "the chap", "at most 0.3"),
    ("`dvc exp run` / four empty stages", "commands", "`dvc exp", "the same", "at most 2.8"),
    ("CPU time of an epoch / 5e76811", "epochs", "CPU: ours", "CPU: commit", "at most 1.1"),
    ("`dvc exp run`, no bytecode / 5e76811", "starts", "ratio: `dvc exp", "", "at most 0.45"),
    ("import of MXNet / a plain one", "starts", "ratio: import", "", "at most 0.4"),
    ("evaluate / 5e76811", "starts", "ratio: stage eval", "", "at most 0.5"),
    ("`make compare` / 5e76811", "starts", "ratio: `make comp", "", "at most 0.5"),
    ("`make report` / 5e76811", "starts", "ratio: `make repo", "", "at most 0.5"),
    ("`make predict` / 5e76811", "starts", "ratio: `make pred", "", "at most 0.5"),
    (
        "`make repro`, nothing to do / `dvc repro`",
        "starts",
        "ratio: `make repr",
        "",
        "at most 1.15",
    ),
    ("8 trials by search / by queue", "search", "8 trials", "the same", "at most 0.2"),
    ("share of two cores in training", "search", "share", "", "at least 0.7"),
    ("trials a minute, 2 workers / 1 on a core", "search", "2 workers", "1 worker", "at least 1.8"),
    ("memory of a worker, MB", "search", "memory", "", "at most 300"),
    ("best loss, search.yaml / grid", "search", "best loss of s", "best loss of t", "at most 1"),
)


def machine() -> Rows:
    """Return what the benchmark runs on."""
    lines = (
        Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    )  # Linux: MXNet's wheels are for it
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    packages = [f"{name} {version(name)}" for name in ("mxnet", "numpy", "dvc")]
    cores = f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"
    return [{"CPU": cores, "Python": platform.python_version(), "packages": ", ".join(packages)}]


def targets(results: dict[str, Rows]) -> Rows:
    """Return each target with what was measured and whether it is met."""
    rows = []
    for figure, section, ours, other, target in TARGETS:
        found = results.get(section, [])
        value = _best(found, ours) / (_best(found, other) if other else 1)
        if not math.isnan(value):
            limit = float(target.split()[-1])
            met = value <= limit if target.startswith("at most") else value >= limit
            verdict = "met" if met else "not met"
            rows.append({"figure": figure, "measured": value, "target": target, "": verdict})
    return rows


def _best(rows: Rows, where: str) -> float:
    """Return the least of a column among the rows that begin so and are not void."""
    *column, name = where.split(": ")
    valid = [row for row in rows if str(next(iter(row.values()))).startswith(name)]
    key = "".join(column) or "median"  # a figure of an older record may lack it
    return min((row[key] for row in valid if key in row and not row.get("note")), default=math.nan)


def markdown(results: dict[str, Rows]) -> str:
    """Return the whole report."""
    sections = [HEAD]
    for name, text in TEXTS.items():
        rows = results.get(name)
        if rows:
            header = list(rows[0])
            cells = [[_cell(row[column]) for column in header] for row in rows]
            sections.append(f"{text}\n\n{table(header, cells, numeric=range(1, len(header)))}")
    return "\n".join(sections)


def _cell(value: Any) -> Markdown:
    return Markdown(f"{value:.4g}" if isinstance(value, float) else value)
