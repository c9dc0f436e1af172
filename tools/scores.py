"""Print the scores as `dvc metrics show` does, without the second that DVC takes to start."""

import json
from pathlib import Path

from tools.command import run_tool

METRICS = Path("metrics/evaluate.json")
DECIMALS = 5  # as many as DVC shows


def table(scores: dict[str, object]) -> str:
    """Return two lines, the names of the scalars and their values; lists are left out."""
    shown = {
        name: str(round(value, DECIMALS))
        for name, value in sorted(scores.items())
        if isinstance(value, int | float)
    }
    widths = [max(len(name), len(value)) + 4 for name, value in shown.items()]
    names = "".join(map(str.ljust, shown, widths)).rstrip()
    values = "".join(map(str.ljust, shown.values(), widths)).rstrip()
    path = METRICS.as_posix()
    return f"{'Path'.ljust(len(path))}  {names}\n{path}  {values}"


def main() -> None:
    """Print the scores that the last run of evaluate wrote."""
    print(table(json.loads(METRICS.read_text(encoding="utf-8"))))
    print("pictures: plots/*.png")


if __name__ == "__main__":
    run_tool("scores", main)
