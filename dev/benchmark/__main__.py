"""`make benchmark`: this project beside its peers, in one run on one machine.

Writes docs/benchmark.md and .json. With --only, the other sections keep what the JSON file
has of them. The peers run in an environment of their own, .venv-benchmark.
"""

import argparse
import json
import tempfile
from pathlib import Path

from dev.benchmark import commands, epochs, report, search, starts
from dev.benchmark.sandbox import ROOT, Places, prepare_data
from tools.command import run_tool

SECTIONS = {
    "epochs": epochs.measure,
    "commands": commands.measure,
    "starts": starts.measure,
    "search": search.measure,
}


def main() -> None:
    """Measure the sections asked for and write the report."""
    parser = argparse.ArgumentParser(prog="python -m dev.benchmark")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="where to write")
    python = ROOT / ".venv-benchmark/bin/python"
    parser.add_argument("--peers", type=Path, default=python, help="the peers' Python")
    options = parser.parse_args()
    target = options.output / "benchmark.json"
    results: dict[str, report.Rows] = {}
    if target.exists() and set(options.only) != set(SECTIONS):
        results = json.loads(target.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="benchmark-") as work:
        places = Places(Path(work), options.peers)
        prepare_data(places)
        for name in options.only:
            print(f"benchmark: {name} ...", flush=True)
            results[name] = SECTIONS[name](places)
    results["machine"] = report.machine()
    results["targets"] = report.targets(results)
    options.output.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    text = report.markdown(results)
    (options.output / "benchmark.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    run_tool("benchmark", main)
