"""The pipeline where it is not at home: other folders, languages, users' settings and interpreters, on the small dataset."""

import os
from pathlib import Path

import pytest

from tests.faults.results import differences, files_in
from tests.support.project import Project, new_project

STRANGE = {
    "HOME": "/proc/nowhere",  # cannot be made or written, not even by root
    "LC_ALL": "ko_KR.UTF-8",
    "TZ": "Asia/Seoul",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}


def test_strange_surroundings_give_the_same_bytes(tmp_path: Path) -> None:
    """No home, no terminal, umask 077, a read-only source, an accented path, another language, time zone, more threads."""
    plain = new_project(tmp_path / "plain")
    plain.run("dvc", "repro", LC_ALL="C", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    strange = new_project(tmp_path / "낯선 dossier é")
    source = tmp_path / "낯선 dossier é-source"
    for path in source.iterdir():
        path.chmod(0o444)
    source.chmod(0o555)
    strange.run("sh", "-c", "umask 077 && exec setsid -w dvc repro", status=0, **STRANGE)
    results = ("metrics", "plots", "data/raw", "data/prepared", "data/model")
    assert not differences(files_in(strange, *results), files_in(plain, *results))


def test_every_python_gives_the_same_metrics(project: Project) -> None:
    """The interpreters that OTHER_PYTHONS names, paths with ":" between them, give the same metrics and model."""
    others = os.environ.get("OTHER_PYTHONS", "")
    if not others:
        pytest.skip("OTHER_PYTHONS names no other interpreter")
    project.run("dvc", "repro")
    for python in others.split(":"):
        other = new_project(project.folder.parent / Path(python).parent.parent.name)
        other.environment["PATH"] = f"{Path(python).parent}{os.pathsep}{other.environment['PATH']}"
        assert (
            other.run("python", "-c", "import sys; print(sys.executable)").stdout.strip() == python
        )
        other.run("dvc", "repro")
        compared = ("metrics", "data/prepared", "data/model")
        assert not differences(files_in(other, *compared), files_in(project, *compared)), python
