"""What a second terminal sees of a run while it trains, and what Ctrl-C leaves."""

import json
import signal
import time

import pytest

from tests.support.project import Project
from tests.support.results import temporary_files
from tests.support.terminal import terminal

HISTORY = "plots/history.csv"


def epochs_in_history(project: Project) -> int:
    """Return how many epochs the history file holds; DVC removes the file before a run."""
    try:
        return len(project.path(HISTORY).read_text(encoding="utf-8").splitlines()) - 1
    except FileNotFoundError:
        return 0


def wait_for_epochs(project: Project, count: int) -> None:
    """Return when the history file holds at least `count` epochs."""
    deadline = time.monotonic() + 120
    while epochs_in_history(project) < count:
        assert time.monotonic() < deadline, "the history file does not grow"
        time.sleep(0.05)


def epochs_shown(project: Project) -> tuple[int, int]:
    """Return how many epochs `dvc metrics show` and `dvc plots show` tell of."""
    shown = project.run("dvc", "metrics", "show", "--json", "metrics/train.json").stdout
    metrics = json.loads(shown)[""]["data"]["metrics/train.json"]["data"]
    plots = json.loads(project.run("dvc", "plots", "show", "--json", HISTORY).stdout)
    (plot,) = plots["data"][HISTORY]
    content = plot["content"]
    drawn = json.loads(content) if isinstance(content, str) else content
    return metrics["epochs_run"], len(drawn["data"]["values"])


@pytest.mark.slow
def test_run_is_watched_live_and_stopped_by_ctrl_c(reproduced: Project) -> None:
    """Metrics and plots grow while a run trains, and Ctrl-C says what of it is kept."""
    endless = ("dvc", "exp", "run", "-S", "epochs=100000", "-S", "batch_size=4")
    folder, environment = reproduced.folder, reproduced.environment
    with terminal(endless, cwd=folder, environment=environment) as running:
        wait_for_epochs(reproduced, 6)  # more than the last run's
        first, second = epochs_shown(reproduced), epochs_shown(reproduced)
        assert all(5 < before < after for before, after in zip(first, second, strict=True))
        running.signal(signal.SIGINT)
        shown = running.wait()
    assert running.process.returncode
    kept = epochs_in_history(reproduced)
    said = "train: stopped: plots/history.csv has its epochs so far, its weights are not kept"
    assert said in shown
    assert "Traceback" not in shown
    assert f"epoch {kept:3d}" in shown
    assert not reproduced.path("data/model").exists()

    reproduced.run("dvc", "exp", "run", "-S", "epochs=2", "-S", "batch_size=32")
    assert epochs_in_history(reproduced) == 2
    assert not temporary_files(reproduced.folder)
    assert "up to date" in reproduced.run("dvc", "status").stdout
    assert reproduced.run("git", "stash", "list").stdout == ""
