"""The results as Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any

from tools.benchmark.targets import Results, judged

_HEAD = """# Benchmark

Written by `make benchmark`; the raw figures are in [benchmark.json](benchmark.json). Medians of one run, on the
real data. Each section's competitors took turns, so that a machine that drifts is fair to all of them.

![Seconds an epoch, and seconds of whole commands](benchmark.png)
"""
_EPOCHS = """## Seconds an epoch

Batch 256, 60,000 images in memory, rate 0.1, weights from Normal(0, 0.01). Every row comes from its own warm
process; the setting (threads, or loading processes) is the faster of those tried in warm-up. A trainer whose mean
loss in the fifth epoch is not ours within 0.005 trains something else, and its row is void."""
_COMMANDS = """## Whole commands

With the source data on disk; memory is that of the largest process. The empty stages are four in a row that copy a
small file; a new learning rate reruns two of them, as it does ours."""
_ACCURACY = "## Time to a test accuracy of 0.844\n\nThe whole process, from its start to its end, with reading the data."
_GROWTH = (
    "## Growth\n\nThe data repeated, memory-mapped from disk; each row is a process of its own."
)
_SCORING = "## Scoring the test images\n\nFrom the same uint8 images in memory to a class for each; the model is loaded."


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers or short words."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def markdown(results: Results) -> str:
    """Return the whole report."""
    sections = [
        _HEAD,
        table(("machine", ""), results["machine"].items()),
        "## Targets",
        _targets(results),
    ]
    for name, text, body in (
        ("epochs", _EPOCHS, _epochs),
        ("commands", _COMMANDS, _commands),
        ("accuracy", _ACCURACY, _accuracy),
        ("growth", _GROWTH, _growth),
        ("scoring", _SCORING, _scoring),
    ):
        if name in results:
            sections += [text, body(results[name])]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _targets(results: Results) -> str:
    rows = [
        (target.figure, "" if value is None else f"{value:.3g}", target.shown, verdict)
        for target, value, verdict in judged(results)
    ]
    return table(("figure", "measured", "target", ""), rows)


def _epochs(rows: list[dict[str, Any]]) -> str:
    ours = next(row["median"] for row in rows if row["trainer"] == "ours")
    cells = []
    for row in rows:
        if "median" not in row:
            cells.append((row["title"], "", "", "", "", "", "", row["note"]))
            continue
        loss = f"{row['loss']:.4f}" if row["checked"] else ""
        times = f"{row['median'] / ours:.2f}"
        seconds = (f"{row['median']:.4f}", f"{row['min']:.4f}", str(len(row["seconds"])))
        cells.append((row["title"], row["setting"], *seconds, times, loss, row["note"]))
    return table(
        (
            "trainer",
            "setting",
            "median, s",
            "minimum, s",
            "epochs",
            "/ ours",
            "loss, 5th epoch",
            "note",
        ),
        cells,
    )


def _commands(rows: list[dict[str, Any]]) -> str:
    cells = [
        (
            row["title"],
            f"{row['median']:.2f}",
            f"{row['min']:.2f}",
            str(len(row["seconds"])),
            f"{row['peak_mb']:.0f}",
        )
        for row in rows
    ]
    return table(("command", "median, s", "minimum, s", "runs", "peak memory, MB"), cells)


def _accuracy(rows: list[dict[str, Any]]) -> str:
    cells = [
        (
            row["title"],
            f"{row['median']:.2f}",
            str(len(row["seconds"])),
            f"{row['accuracy']:.4f}",
            f"{row['peak_mb']:.0f}",
        )
        if "median" in row
        else (row["title"], row["note"], "", "", "")
        for row in rows
    ]
    return table(("trainer", "median, s", "runs", "test accuracy", "peak memory, MB"), cells)


def _growth(rows: list[dict[str, Any]]) -> str:
    cells = []
    for row in rows:
        speed = (
            f"{row['median']:.3f}",
            f"{row['images_per_second']:,.0f}",
            f"{row['peak_mb']:.0f}",
        )
        cells.append((f"{row['times']}x", str(row["batch_size"]), *speed))
    return table(("data", "batch", "median epoch, s", "images/s", "peak memory, MB"), cells)


def _scoring(rows: list[dict[str, Any]]) -> str:
    cells = [
        (
            row["title"],
            f"{row['median'] * 1000:.2f}",
            f"{row['min'] * 1000:.2f}",
            str(len(row["seconds"])),
        )
        for row in rows
    ]
    return table(("", "median, ms", "minimum, ms", "runs"), cells)
