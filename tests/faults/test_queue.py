"""DVC's queue with two workers, on the small dataset; `make torture` is the long version."""

from tests.faults.concurrency import metrics_of, run_queue
from tests.support.project import Project


def test_queued_experiments_equal_the_same_run_alone(project: Project) -> None:
    """Each experiment of a queue at -j 2 is recorded with the metrics of the same run done alone."""
    project.run("dvc", "repro")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Results")
    names = run_queue(project, "queued", ["lr=0.2", "lr=0.3"], 2)
    project.run("dvc", "exp", "run", "-n", "alone", "-S", "lr=0.3")
    assert metrics_of(project, names[1]) == metrics_of(project, "alone")
    assert metrics_of(project, names[0]) != metrics_of(project, "alone")
