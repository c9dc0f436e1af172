"""One trainer in a process of its own: TRAINER FOLDER BATCH_SIZE RATE SETTING.

It loads the data, and then trains one epoch for each line on standard input. Each answer is a line
of JSON: {"seconds": of the epoch, "cpu": its user and system seconds, of all threads, "loss": mean
over the epoch in nats, "peak_mb": of the process so far}. A trainer whose package is missing
answers {"missing": its name}.
"""

import importlib
import json
import resource
import sys
import time
from itertools import chain
from pathlib import Path


class Turns:
    """Waits for the driver before each epoch, and times it."""

    def start(self) -> None:
        """Wait for the driver's line and start the clocks; end the process when there is none."""
        if not sys.stdin.readline():
            raise SystemExit(0)
        self._started, self._cpu = time.perf_counter(), time.process_time()

    def done(self, loss: float | None) -> None:
        """End the epoch: report it, and wait to start the next."""
        seconds = time.perf_counter() - self._started
        cpu = time.process_time() - self._cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        answer = {"seconds": seconds, "cpu": cpu, "loss": loss, "peak_mb": peak}
        print(json.dumps(answer), flush=True)
        self.start()


def main(trainer: str, folder: str, batch_size: str, rate: str, setting: str) -> None:
    """Train one epoch for each line on standard input."""
    turns = Turns()
    turns.start()
    try:
        module = importlib.import_module(f"dev.benchmark.trainers.{trainer}")
    except ModuleNotFoundError as error:
        for _ in chain([""], sys.stdin):
            print(json.dumps({"missing": error.name}), flush=True)
        return
    numbers = {"batch_size": int(batch_size), "rate": float(rate), "setting": int(setting)}
    module.train(Path(folder), turns, **numbers)


if __name__ == "__main__":
    main(*sys.argv[1:])
