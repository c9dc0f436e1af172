"""The results as Markdown, and the targets held against them."""

import importlib.metadata
import math
import os
import platform
from pathlib import Path
from typing import Any

from tools.markdown import Markdown, table

Rows = list[dict[str, Any]]
HEAD = """# Benchmark

Written by `make benchmark`, with [benchmark.json](benchmark.json): medians of one run on the real
data. The competitors of a section take turns, so that a machine that drifts is fair to all of them.
[profile.md](profile.md) explains what binds an epoch.
"""
TEXTS = {
    "machine": "## Machine",
    "targets": "## Targets",
    "epochs": """## Seconds an epoch

Batch 256, 60,000 images in memory, rate 0.1, weights from Normal(0, 0.01), each trainer a warm
process. CPU is the time of all threads, user and system. A trainer whose mean loss in the fifth
epoch differs from ours by more than 0.005 trains something else: its row is void.""",
    "commands": """## Whole commands

With the source data on disk; memory is that of the largest process. The empty stages are four in a
row that copy a small file; a new learning rate reruns two of them, as it does ours.""",
    "accuracy": "## Time to a test accuracy of 0.844\n\nWhole processes, with reading the data.",
    "search": "## Search",
}
# Each figure is the ratio of two rows of a section: how they begin, the column, and the limit.
_SECONDS, _CPU = "median, s", "CPU, s"
TARGETS = (
    ("our epoch / NumPy's best", "epochs", "ours", "NumPy", _SECONDS, 1.3),
    ("CPU time of our epoch / NumPy's best", "epochs", "ours", "NumPy", _CPU, 2.2),
    (
        "`dvc repro` from nothing / the chapter",
        "commands",
        "`dvc repro`",
        "the chap",
        _SECONDS,
        0.4,
    ),
    ("`dvc exp run` / four empty stages", "commands", "`dvc exp", "the same, four", _SECONDS, 3.0),
    ("time to 0.844 / scikit-learn's", "accuracy", "ours", "scikit", _SECONDS, 1.0),
)


def machine() -> Rows:
    """Return what the benchmark runs on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    packages = [f"{name} {importlib.metadata.version(name)}" for name in ("mxnet", "numpy", "dvc")]
    return [
        {"": "CPU", "machine": f"{names[0] if names else '?'}, {os.cpu_count()} cores"},
        {"": "system", "machine": f"{platform.system()}, Python {platform.python_version()}"},
        {"": "packages", "machine": ", ".join(packages)},
    ]


def targets(results: dict[str, Rows]) -> Rows:
    """Return each target with what was measured and whether it is met."""
    rows = []
    for figure, section, ours, other, column, limit in TARGETS:
        values = [_best(results.get(section, []), name, column) for name in (ours, other)]
        if any(map(math.isnan, values)):
            continue
        ratio = values[0] / values[1]
        verdict = "met" if ratio <= limit else "not met"
        rows.append({"figure": figure, "measured": ratio, "at most": limit, "": verdict})
    return rows


def _best(rows: Rows, name: str, column: str) -> float:
    """Return the least of a column among the rows that begin with `name` and are not void."""
    valid = [row for row in rows if not row.get("note")]
    values = [row[column] for row in valid if str(next(iter(row.values()))).startswith(name)]
    return min(values, default=math.nan)


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
