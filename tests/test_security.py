"""What SECURITY.md promises of the repository itself."""

from tests.support.project import files_of_repository


def test_git_tracks_nothing_that_dvc_unpickles() -> None:
    """Git tracks no pickle and no file of .dvc/tmp, whose repro.dat `dvc exp run` unpickles."""
    assert not [
        name
        for name in files_of_repository()
        if name.startswith(".dvc/tmp/") or name.endswith((".dat", ".pkl", ".pickle"))
    ]
