"""One trainer in a process of its own: `python -m tools.benchmark.worker TRAINER FOLDER ...`.

It loads the data, and then trains one epoch for each line on standard input, after which it answers with a
line of JSON: {"seconds": of the epoch, "loss": mean over the epoch in nats, "peak_mb": of the process so far}.
A trainer whose package is missing answers {"missing": its name} and ends.
"""

import argparse
import importlib
import json
import resource
import sys
import time
from pathlib import Path

MODULES = (
    "ours",
    "chapter",
    "numpy_loop",
    "pytorch",
    "jax_scan",
    "sgd_classifier",
    "floor",
    "floor_cached",
)


class Turns:
    """The driver's say in when an epoch begins, and the clock."""

    def __init__(self) -> None:
        self._started: float | None = None
        self._seconds = 0.0

    def start(self) -> None:
        """Wait for the driver's line and start the clock; end the process when there is none."""
        if not sys.stdin.readline():
            raise SystemExit(0)
        self._started = time.perf_counter()

    def stop(self) -> None:
        """Stop the clock: what follows, up to `done`, is not the epoch's."""
        if self._started is not None:
            self._seconds, self._started = time.perf_counter() - self._started, None

    def done(self, loss: float | None) -> None:
        """End the epoch: stop the clock, report, and wait to start the next."""
        self.stop()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": self._seconds, "loss": loss, "peak_mb": peak}), flush=True)
        self.start()


def main() -> None:
    """Train one epoch for each line on standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("trainer", choices=MODULES)
    parser.add_argument(
        "folder", type=Path, help="a prepared dataset, as stages/common/dataset.py describes it"
    )
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument(
        "--setting",
        type=int,
        default=1,
        help="threads, or for the chapter's loop processes that load",
    )
    options = parser.parse_args()
    turns = Turns()
    turns.start()
    try:
        module = importlib.import_module(f"tools.benchmark.trainers.{options.trainer}")
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}))
        return
    module.train(
        options.folder,
        turns,
        batch_size=options.batch_size,
        rate=options.rate,
        setting=options.setting,
    )


if __name__ == "__main__":
    main()
