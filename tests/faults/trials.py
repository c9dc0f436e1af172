"""The long trials of `make torture`; each asserts what must hold and returns its counts as text."""

import itertools
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.faults.concurrency import BUSY, metrics_of, run_queue, two_at_once
from tests.faults.kills import COMMANDS, TRACEBACK_OF_A_STAGE, Arena, survive
from tests.faults.refusals import refuse_in_the_suite, refuse_settings
from tests.faults.results import differences, results, size
from tests.faults.signals import STAGES
from tests.faults.writes import can_inject, can_mount, fail_write, fill_disk, stages_to_rerun
from tests.support.project import Project, new_project

DISKS = (
    "nr_inodes=2",
    "size=4k",
    "size=8k",
    "size=12k",
    "size=40k",
    "size=100k",
    "size=200k",
    "size=300k",
)


def shown(counts: Counter[str]) -> str:
    """Return the counts that are not 0, for people."""
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def kill(arena: Arena, *, seed: int, kills: int, signals: int, jobs: int) -> str:
    """Kill runs at random moments in every stage; return the counts."""
    chance = random.Random(seed)
    plan = [
        (signal.SIGKILL, command, stage)
        for stage, command in itertools.islice(
            itertools.cycle(itertools.product(("", *STAGES), COMMANDS)), kills
        )
    ]
    gentle = itertools.product((signal.SIGINT, signal.SIGTERM), list(COMMANDS)[:2], STAGES)
    plan += itertools.islice(itertools.cycle(gentle), signals)
    moments = [arena.moment(chance, stage) for _, _, stage in plan]
    counts: Counter[str] = Counter()
    failures = []

    def one(number: int) -> None:
        by, command, stage = plan[number]
        try:
            survived = survive(arena, f"round {number}", COMMANDS[command], moments[number], by)
        except AssertionError as failure:
            failures.append(f"round {number}: {failure}")
            return
        hit = survived.stopped.hit
        counts.update(
            {
                by.name if hit else "ended before the signal": 1,
                f"{command} in {stage or 'its start'}": hit,
            }
        )
        counts.update(
            {
                "bytes compared": survived.compared,
                "edits fetched from git's stash": survived.stashed,
            }
        )
        counts[f"met DVC writing {survived.damaged}"] += bool(survived.damaged)
        counts["said by the stage"] += ": stopped: " in survived.stopped.output
        if TRACEBACK_OF_A_STAGE.search(survived.stopped.output):
            failures.append(
                f"round {number}, {moments[number]}: a traceback\n{survived.stopped.output}"
            )

    with ThreadPoolExecutor(jobs) as pool:
        for done, _ in enumerate(pool.map(one, range(len(plan))), 1):
            if not done % 10:
                print(
                    f"  {done} of {len(plan)} runs stopped, {len(failures)} not as they should",
                    file=sys.stderr,
                )
                print(f"  {shown(counts)}", file=sys.stderr, flush=True)
    assert not failures, "\n\n".join(failures)
    return shown(counts)


def refuse(arena: Arena) -> str:
    """Give bad input to the readers and wrong params to `dvc exp run -S`; return the counts."""
    project = arena.copy(arena.snapshots["download"], "refusals")
    project.run("dvc", "repro")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Results")
    given = refuse_settings(project)
    return f"{refuse_in_the_suite()} tests of refused input passed; of `dvc exp run -S`, {shown(given)}"


def fail_writes(folder: Path, jobs: int) -> str:
    """Make each write of each stage fail in turn, with each error; return the counts."""
    counts: Counter[str] = Counter()
    if not can_inject():
        return "left out: strace is not installed or may not trace"

    def with_error(error: str) -> None:
        project = new_project(folder / error)
        for stage in stages_to_rerun(project):
            for call in stage.calls:
                counts.update(
                    {
                        "bytes compared": fail_write(project, stage, call, error),
                        f"{error} in {stage.name}": 1,
                    }
                )
        restore(project)

    def restore(project: Project) -> None:
        project.run("git", "checkout", "-q", ".")
        project.run("dvc", "checkout", "-q", "--force")
        assert "up to date" in project.run("dvc", "repro").stdout, (
            "the committed results could not be restored"
        )

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(with_error, ("ENOSPC", "EIO")))
    return shown(counts)


def fill_disks(folder: Path) -> str:
    """Run each stage on disks that are too small; return the counts."""
    if not can_mount():
        return "left out: no disk can be mounted here"
    counts: Counter[str] = Counter()
    project = new_project(folder)
    for stage in stages_to_rerun(project):
        for options in DISKS:
            refused, compared = fill_disk(project, stage, options)
            counts.update({"refused" if refused else "large enough": 1, "bytes compared": compared})
    return shown(counts)


def run_twice_at_once(arena: Arena, rounds: int, seed: int) -> str:
    """Run two `dvc repro` at once in one clone, again and again; return the counts."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    for number in range(rounds):
        project = arena.copy(arena.snapshots["download"], f"twice {number}")
        for status, output in two_at_once(project, chance.uniform(0, 2)):
            assert status == 0 or BUSY.search(output), output
            counts["both ran" if status == 0 else "said that the other runs"] += 1
        project.run("dvc", "repro")
        assert not differences(results(project), arena.references[0.1])
        counts["bytes compared"] += size(arena.references[0.1])
    return shown(counts)


def queue(arena: Arena, experiments: int) -> str:
    """Run queued experiments at -j 2 and each alone; return the counts."""
    project = arena.copy(arena.snapshots["download"], "queue")
    project.run("dvc", "repro")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Results")
    alone = arena.copy(project, "alone")
    settings = [f"seed={seed}" for seed in range(1, experiments + 1)]
    compared = 0
    for name, setting in zip(run_queue(project, "queued", settings, 2), settings, strict=True):
        alone.run("dvc", "exp", "run", "-n", name, "-S", setting)
        queued, wanted = metrics_of(project, name), metrics_of(alone, name)
        assert queued == wanted, f"{name}: {differences(queued, wanted)}"
        compared += size(wanted)
    return f"{experiments} queued, {experiments} recorded and equal to the same run alone, {compared:,} bytes"


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Keep some processors busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def repeat(arena: Arena, rounds: int) -> str:
    """Run the pipeline from clean on 1 and 2 threads under load; return the counts."""
    compared = 0
    with load(2):
        for number in range(rounds):
            project = arena.copy(arena.snapshots["download"], f"again {number}")
            threads = str(1 + number % 2)
            project.run("dvc", "repro", OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)
            assert not differences(results(project), arena.references[0.1]), f"on {threads} threads"
            compared += size(arena.references[0.1])
    return f"{rounds} runs from clean on 1 and 2 threads under load, one set of bytes, {compared:,} bytes"
