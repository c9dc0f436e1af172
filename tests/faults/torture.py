"""`make torture`: faults by the hundred on the small dataset, counted.

    python -m tests.faults.torture [--seed 0] [--kills 4] [--twice 4] [--experiments 20]
                                   [--rounds 4]

Every trial is an assertion: the run ends at the first that does not hold, and says why.
"""

import argparse
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.faults.concurrency import metrics_alone, repro_twice, run_queue
from tests.faults.hosts import FAULTS, three_hosts
from tests.faults.reruns import can_inject, fail_write, kill, reruns, write_calls
from tests.support.namespaces import unavailable
from tests.support.project import Project, new_project
from tests.support.results import Files, differences, outputs

JOBS = 2  # at the same time
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def kill_stages(project: Project, by: signal.Signals, *, seed: int, kills: int) -> Counter[str]:
    """Kill each stage so many times, at random moments."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    for rerun in reruns(project):
        for _ in range(kills):
            running = kill(rerun, by, chance.uniform(0, rerun.seconds))
            counts[f"{rerun.stage} by {by.name}" if running else "ended before the signal"] += 1
    return counts


def fail_writes(project: Project, error: str, *, start: int) -> Counter[str]:
    """Make the writes, fsyncs and renames of each stage fail in turn: every other one of them."""
    if not can_inject():
        return Counter({"left out: strace is not installed or may not trace": 1})
    counts: Counter[str] = Counter()
    for rerun in reruns(project):
        for call in write_calls(rerun)[start::2]:
            fail_write(rerun, call, error)
            counts[f"{error} in {rerun.stage}"] += 1
    return counts


def repro_twice_at_once(folder: Path, delay: float) -> Counter[str]:
    """Run two `dvc repro` at once in a new clone."""
    project = new_project(folder)
    ran = repro_twice(project, delay)
    project.run("dvc", "repro")
    wanted = outputs(project)
    for stage in ("preprocess", "train", "evaluate"):
        project.run("python", "-m", f"stages.{stage}")
    assert not differences(outputs(project), wanted)
    return Counter({"both ran": ran == 2, "one said that the other runs": ran == 1})


def compare_alone(
    project: Project, settings: Sequence[str], queued: Sequence[Files]
) -> Counter[str]:
    """Run experiments alone and compare each with the same one of a queue."""
    for setting, wanted in zip(settings, queued, strict=True):
        assert metrics_alone(project, setting) == wanted, setting
    return Counter({"equal to the same run alone": len(settings)})


def disturb_searches(folder: Path, project: Project, *, seed: int, rounds: int) -> Counter[str]:
    """Run a search on three hosts so many times, each time with a fault at a random moment."""
    if reason := unavailable():
        return Counter({f"left out: {reason}": 1})
    chance = random.Random(seed)
    with three_hosts(folder, project) as hosts:
        return Counter(
            hosts.disturb(FAULTS[number % len(FAULTS)], chance) for number in range(rounds)
        )


def run_all(trials: Iterable[Callable[[], Counter[str]]]) -> Counter[str]:
    """Run trials on all jobs and add up their counts."""
    with ThreadPoolExecutor(JOBS) as pool:
        running = [pool.submit(trial) for trial in trials]
        return sum((trial.result() for trial in running), Counter())


def main() -> None:
    """Run every part and print its counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    defaults = {"seed": 0, "kills": 4, "twice": 4, "experiments": 20, "rounds": 4}
    for option, default in defaults.items():
        parser.add_argument(f"--{option}", type=int, default=default)
    options = parser.parse_args()
    chance = random.Random(options.seed)

    with tempfile.TemporaryDirectory(prefix="torture ") as name:
        folder = Path(name)

        def ready(job: str) -> Project:
            project = new_project(folder / job)
            project.run("dvc", "repro")
            project.commit("Run the pipeline")
            return project

        def killed(by: signal.Signals) -> Counter[str]:
            return kill_stages(ready(by.name), by, seed=options.seed, kills=options.kills)

        def failed(start: int, error: str) -> Counter[str]:
            return fail_writes(ready(error), error, start=start)

        def queued() -> Counter[str]:
            settings = [f"lr={number / 100}" for number in range(1, options.experiments + 1)]
            metrics = run_queue(ready("queue"), settings, jobs=JOBS)
            return run_all(
                partial(compare_alone, ready(f"alone {job}"), settings[job::2], metrics[job::2])
                for job in range(2)
            )

        def disturbed() -> Counter[str]:
            return disturb_searches(
                folder / "hosts",
                ready("hosts/first"),
                seed=options.seed,
                rounds=options.rounds,
            )

        parts: dict[str, Iterable[Callable[[], Counter[str]]]] = {
            "killed": [partial(killed, by) for by in SIGNALS],
            "writes failed": [partial(failed, *pair) for pair in enumerate(("EIO", "ENOSPC"))],
            "two `dvc repro` at once": [
                partial(repro_twice_at_once, folder / f"twice {number}", chance.uniform(0, 2))
                for number in range(options.twice)
            ],
            "queued": [queued],
            "search on three hosts": [disturbed],
        }
        for part, trials in parts.items():
            started = time.monotonic()
            counts = run_all(trials)
            shown = ", ".join(f"{count} {what}" for what, count in counts.items())
            print(f"{part}: {shown} ({time.monotonic() - started:.0f} s)", flush=True)
    print(f"all held (seed {options.seed})")


if __name__ == "__main__":
    main()
