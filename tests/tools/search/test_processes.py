"""The worker processes of a machine, and their share of its cores."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT, clean_environment
from tools.search import processes
from tools.search.pool import local_pool

SEARCH = (sys.executable, "-m", "tools.search")
READ_ONLY = ("unshare", "--user", "--map-root-user", "--mount")


def refusal(*command: str, **variables: str) -> str:
    """Return what a command that ends with status 1 says on standard error."""
    environment = clean_environment() | variables
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    return done.stderr


def test_a_long_path_to_temporary_files_is_one_line(tmp_path: Path) -> None:
    """Where TMPDIR is too long for a socket, the line says so, and which one would do."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    said = refusal(*SEARCH, TMPDIR=str(folder))
    assert said.startswith(f"search: worker processes need a socket in {folder}: AF_UNIX path too")
    assert said.endswith("set TMPDIR to another folder with a short path, such as TMPDIR=/tmp\n")


def test_no_shared_memory_is_one_line() -> None:
    """Where nothing can be written to /dev/shm, the line says so."""
    if not shutil.which("unshare") or subprocess.run((*READ_ONLY, "true"), check=False).returncode:
        pytest.skip("this system gives nobody a mount namespace")
    mounted = 'mount -t tmpfs -o ro none /dev/shm && exec "$@"'
    said = refusal(*READ_ONLY, "sh", "-c", mounted, "sh", *SEARCH)
    assert said.startswith("search: worker processes need shared memory in /dev/shm: Read-only")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("cores", "count", "shares"),
    [
        ([0, 1], 1, [[0, 1]]),
        ([4, 6], 2, [[4], [6]]),
        ([0, 1, 2, 3, 5], 2, [[0, 2, 5], [1, 3]]),
        ([3], 3, [[3], [3], [3]]),
        ([0, 1], 3, [[0], [1], [0]]),
    ],
)
def test_each_process_has_a_share_of_the_cores(
    monkeypatch: pytest.MonkeyPatch, cores: list[int], count: int, shares: list[list[int]]
) -> None:
    """Cores are shared evenly; where there are more processes than cores, they share cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(cores))
    assert [processes.share_of(number, count) for number in range(count)] == shares


def affinities() -> set[tuple[int, ...]]:
    """Return the cores of each thread of this process."""
    threads = Path("/proc/self/task").iterdir()
    return {tuple(sorted(os.sched_getaffinity(int(thread.name)))) for thread in threads}


@pytest.mark.slow
def test_a_worker_stays_on_its_cores(here: Path) -> None:
    """All threads of a worker, MXNet's too, are on its share of the cores, also after a restart."""
    processes.load_workers()
    with local_pool(2, {"commit": "a"}) as pool:
        shares = sorted([tuple(processes.share_of(number, 2))] for number in range(2))
        for _ in range(2):
            found: list[set[tuple[int, ...]]] = list(pool.client.run(affinities).values())
            assert sorted(map(sorted, found)) == shares
            pool.client.restart(timeout=200)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", ""])
def test_there_is_at_least_one_process(text: str) -> None:
    """A number of processes that runs nothing is refused."""
    assert processes.at_least_one("16") == 16
    with pytest.raises(argparse.ArgumentTypeError, match="it must be a number from 1"):
        processes.at_least_one(text)
