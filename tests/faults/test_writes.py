"""Writes that fail, on the small dataset; `make torture` makes each write fail in turn."""

import pytest

from tests.faults.writes import can_inject, can_mount, fail_write, fill_disk, stages_to_rerun
from tests.support.project import Project


def test_a_failed_write_is_one_line_and_leaves_no_half_file(project: Project) -> None:
    """A write, fsync or rename that fails ends each stage with one line, and `dvc checkout` restores what was there."""
    if not can_inject():
        pytest.skip("strace is not installed or may not trace")
    for stage in stages_to_rerun(project):
        fail_write(project, stage, stage.calls[len(stage.calls) // 2], "EIO")
        fail_write(project, stage, stage.calls[-2], "ENOSPC")
    project.run("git", "checkout", "-q", ".")
    project.run("dvc", "checkout", "-q", "--force")
    assert "up to date" in project.run("dvc", "repro").stdout


def test_a_full_disk_is_one_line_and_leaves_no_half_file(project: Project) -> None:
    """A stage whose output folder is full says so in one line and leaves only whole files; with room, it succeeds."""
    if not can_mount():
        pytest.skip("no disk can be mounted here, not even in a namespace of its own")
    stage = next(stage for stage in stages_to_rerun(project) if stage.name == "preprocess")
    assert [
        fill_disk(project, stage, options)[0] for options in ("nr_inodes=2", "size=8k", "size=1m")
    ] == [True, True, False]
