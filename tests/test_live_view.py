"""What a person sees of a run while it trains, in a second terminal, and when Ctrl-C stops it."""

import json
import os
import pty
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.project import Project, as_in_a_terminal

HISTORY = "plots/history.csv"


class Terminal:
    """A command on a pseudo-terminal, in a session of its own."""

    def __init__(self, project: Project, *command: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            command,
            cwd=project.folder,
            env=project.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=as_in_a_terminal,  # noqa: PLW1509 - it calls nothing that a thread could hold
        )
        os.close(theirs)
        self.shown = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._ours, 4096):
                self.shown += data
        except OSError:  # the last process that held the terminal has ended
            pass

    def signal(self, number: int) -> None:
        """Send a signal to every process in the foreground, as the terminal's driver does."""
        os.killpg(self.process.pid, number)

    def wait(self) -> str:
        """Return what was shown, once every process on the terminal has ended."""
        self.process.wait(60)
        self._reader.join(60)
        assert not self._reader.is_alive(), "a process outlived the command"
        os.close(self._ours)
        return self.shown.decode()


@contextmanager
def terminal(project: Project, *command: str) -> Iterator[Terminal]:
    """Give a running command, killed at the end if it still runs."""
    running = Terminal(project, *command)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.signal(signal.SIGKILL)
            running.process.wait(60)


def epochs_in_history(project: Project) -> int:
    """Return how many epochs the history file holds; DVC removes it before a run."""
    try:
        return len(project.path(HISTORY).read_text().splitlines()) - 1
    except FileNotFoundError:
        return 0


def wait_for_epochs(project: Project, count: int) -> None:
    """Return when the history file holds at least `count` epochs."""
    deadline = time.monotonic() + 120
    while epochs_in_history(project) < count:
        assert time.monotonic() < deadline, "the history file does not grow"
        time.sleep(0.05)


def seen(project: Project) -> tuple[int, int]:
    """Return how many epochs `dvc metrics show` and `dvc plots show` tell of."""
    metrics = json.loads(
        project.run("dvc", "metrics", "show", "--json", "metrics/train.json").stdout
    )
    plots = json.loads(project.run("dvc", "plots", "show", "--json", HISTORY).stdout)
    (plot,) = plots["data"][HISTORY]
    points = (
        json.loads(plot["content"])["data"]["values"]
        if isinstance(plot["content"], str)
        else plot["content"]["data"]["values"]
    )
    return metrics[""]["data"]["metrics/train.json"]["data"]["epochs_run"], len(points)


def test_run_is_watched_live_and_stopped_by_ctrl_c(project: Project) -> None:
    """A second terminal sees the epochs of a run as they end; Ctrl-C says what is kept, and the next run is sound."""
    project.run("dvc", "repro")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Run")
    with terminal(
        project, "dvc", "exp", "run", "-S", "epochs=100000", "-S", "batch_size=4"
    ) as running:
        wait_for_epochs(project, 6)  # more than the last run's
        first, second = seen(project), seen(project)
        assert all(5 < before < after for before, after in zip(first, second, strict=True))
        running.signal(signal.SIGINT)
        shown = running.wait()
    kept = epochs_in_history(project)
    assert running.process.returncode
    assert (
        "train: stopped: plots/history.csv has its epochs so far, its weights are not kept" in shown
    )
    assert "Traceback" not in shown
    assert f"epoch {kept:3d}" in shown
    assert not project.path("data/model").exists()
    assert not list(project.folder.rglob(".*.tmp"))

    project.run("dvc", "exp", "run", "-S", "epochs=2", "-S", "batch_size=32")
    assert epochs_in_history(project) == 2
    assert "up to date" in project.run("dvc", "status").stdout
    assert project.run("git", "stash", "list").stdout == ""
