"""`make torture`: bad input, kills, failing writes, repeated and concurrent runs, counted.

    python -m tests.faults.torture [--seed 0] [--kills 120] [--signals 48] [--jobs 2] [--rounds 20] [--experiments 20]

Every check is an assertion: the run ends at the first trial that does not hold, and says why.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.kills import Arena
from tests.faults.trials import (
    fail_writes,
    fill_disks,
    kill,
    queue,
    refuse,
    repeat,
    run_twice_at_once,
)


def main() -> None:
    """Run everything and print the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option, default in (
        ("seed", 0),
        ("kills", 120),
        ("signals", 48),
        ("jobs", 2),
        ("experiments", 20),
        ("rounds", 20),
    ):
        parser.add_argument(f"--{option}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture ") as name:
        folder = Path(name)
        arena = Arena(folder)
        parts: list[tuple[str, Callable[[], str]]] = [
            ("inputs refused", lambda: refuse(arena)),
            ("writes failed", lambda: fail_writes(folder / "writes", options.jobs)),
            ("disks too small", lambda: fill_disks(folder / "disks")),
            (
                "runs stopped",
                lambda: kill(
                    arena,
                    seed=options.seed,
                    kills=options.kills,
                    signals=options.signals,
                    jobs=options.jobs,
                ),
            ),
            ("two at once", lambda: run_twice_at_once(arena, options.rounds // 2, options.seed)),
            ("repeated", lambda: repeat(arena, options.rounds)),
            ("queue at -j 2", lambda: queue(arena, options.experiments)),
        ]
        for part, work in parts:
            started = time.monotonic()
            print(f"{part}: {work()} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"torture: all held (seed {options.seed})")


if __name__ == "__main__":
    main()
