"""The search as a user runs it: stopped, killed, gone on with, and its finalists."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.cluster import JOURNAL, TRIALS, trials_recorded
from tests.support.project import Project, as_in_a_terminal
from tests.support.search import AnyOrder, run_search, settings_of
from tools.search.__main__ import STOPPED
from tools.search.trial import run_trial

VARY = {"lr": {"low": 0.001, "high": 1.0, "log": True}, "batch_size": [8, 16], "epochs": [12]}
COMMAND = (sys.executable, "-m", "tools.search", "--workers")


@contextmanager
def running(project: Project, workers: int, *, after: int) -> Iterator[subprocess.Popen[str]]:
    """Give a search when so many trials are recorded; see that no process is left of it."""
    search = subprocess.Popen(
        [*COMMAND, str(workers)],
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=as_in_a_terminal,
    )
    deadline = time.monotonic() + 120
    while trials_recorded(project) < after:
        assert search.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    others = psutil.Process(search.pid).children(recursive=True)
    assert len(others) >= workers
    with search:
        yield search
    _, alive = psutil.wait_procs(others, timeout=20)
    assert alive == []


@pytest.mark.slow
def test_a_stopped_search_goes_on_to_the_same_end(
    reproduced: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C and a kill cost the trials that ran; then any number of workers ends with the same.

    The best trial is run as a DVC experiment beside the working tree, and has its trial's loss.
    """
    monkeypatch.chdir(reproduced.folder)
    changed = {"trials": 16, "vary": VARY, "finalists": 1, "finalist_seeds": [0]}
    whole, journal = run_search(
        tmp_path, settings_of(reproduced.folder, **changed), AnyOrder(0, run=run_trial)
    )
    reproduced.commit("Search")

    with running(reproduced, 2, after=2) as search:
        os.killpg(search.pid, signal.SIGINT)
        assert search.communicate()[1] == f"{STOPPED}\n"
    assert search.returncode == 128 + signal.SIGINT
    with running(reproduced, 4, after=6) as search:
        search.kill()
    recorded = trials_recorded(reproduced)
    assert 6 <= recorded < 16
    done = reproduced.run(*COMMAND, "1")
    assert f"16 trials (tpe), {recorded} recorded already\n" in done.stdout
    assert reproduced.path(TRIALS).read_bytes() == whole
    assert trials_recorded(reproduced) == 16

    name = re.findall(
        r"^Next: dvc exp apply (search-\w{4}-\d+-seed-0)$", done.stdout, re.MULTILINE
    )[0]
    assert f"{name.removesuffix('-seed-0')} is the only finalist.\n" in done.stdout
    assert "Search" in reproduced.path("report/search/index.html").read_text(encoding="utf-8")
    assert reproduced.run("git", "status", "--porcelain").stdout == ""
    reproduced.run("dvc", "exp", "apply", name)
    metrics = json.loads(reproduced.path("metrics/train.json").read_text(encoding="utf-8"))
    assert metrics["val_loss"] == round(journal.best() or 0.0, 6)

    reproduced.run("git", "stash")
    lie_about_the_best(reproduced.path(JOURNAL), journal.best() or 0.0)
    refused = reproduced.run(*COMMAND, "1", status=1).stderr.splitlines()[-1]
    assert re.match(rf"search: {name} ended with val_loss 0\.\d+, and trial \d+", refused)


def lie_about_the_best(journal: Path, loss: float) -> None:
    """Change the recorded loss of the best trial in the journal."""
    lines = journal.read_text(encoding="utf-8").splitlines()
    changed = [line.replace(repr(loss), repr(loss - 0.001)) for line in lines]
    assert changed != lines
    journal.write_text("\n".join(changed) + "\n", encoding="utf-8")
