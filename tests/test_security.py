"""What SECURITY.md promises of the repository itself."""

import subprocess

from tests.support.project import ROOT


def test_git_tracks_nothing_that_dvc_unpickles() -> None:
    """Git tracks no pickle and no file of .dvc/tmp, whose repro.dat `dvc exp run` unpickles."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert not [
        name
        for name in tracked
        if name.startswith(".dvc/tmp/") or name.endswith((".dat", ".pkl", ".pickle"))
    ]
