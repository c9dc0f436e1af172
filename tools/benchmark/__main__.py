"""`make benchmark`: this project beside its peers, in one run on one machine.

Writes docs/benchmark.md, .png and .json. With --only, the other sections keep what the JSON file has of them.
The peers run in an environment of their own, .venv-benchmark, since JAX needs numpy 2 and MXNet numpy 1.
"""

import argparse
import json
import tempfile
from pathlib import Path

from tools.benchmark import accuracy, commands, epochs, growth, machine, scoring
from tools.benchmark.picture import draw
from tools.benchmark.places import ROOT, Places, prepare_data
from tools.benchmark.report import markdown

SECTIONS = {
    "epochs": epochs.measure,
    "commands": commands.measure,
    "accuracy": accuracy.measure,
    "growth": growth.measure,
    "scoring": scoring.measure,
}


def main() -> None:
    """Measure the sections asked for and write the report."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.benchmark", description=str(__doc__).partition("\n")[0]
    )
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to measure"
    )
    parser.add_argument(
        "--output", type=Path, default=ROOT / "docs", help="where to write (default: docs/)"
    )
    parser.add_argument(
        "--peers", type=Path, default=ROOT / ".venv-benchmark/bin/python", help="the peers' Python"
    )
    options = parser.parse_args()
    target = options.output / "benchmark.json"
    results = (
        json.loads(target.read_text())
        if target.exists() and set(options.only) != set(SECTIONS)
        else {}
    )
    results |= {"machine": machine.describe(options.peers), "accuracy_wanted": accuracy.ACCURACY}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as work:
        places = Places(Path(work), options.peers)
        prepare_data(places)
        for name in options.only:
            print(f"benchmark: {name} ...", flush=True)
            results[name] = SECTIONS[name](places)
    options.output.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n")
    draw(results, options.output / "benchmark.png")
    text = markdown(results)
    (options.output / "benchmark.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
