"""What a run of the pipeline leaves: the files whose bytes are compared after a fault."""

import re
from pathlib import Path

from tests.support.project import Project

FOLDERS = ("data/raw", "data/prepared", "data/model", "metrics", "plots")

# DVC copies small outputs under a random name first, which git ignores; a DVC that is killed then leaves it.
COPY_OF_DVC = re.compile(
    r"\.(?!t10k-)[\w-]{22}\.tmp"
)  # a stage's names of that length begin with t10k-

Files = dict[str, bytes]  # by path inside the project


def files_in(project: Project, *folders: str) -> Files:
    """Return the files of some folders of a project, without DVC's own temporary ones."""
    paths = [
        path for folder in folders for path in project.path(folder).rglob("*") if path.is_file()
    ]
    return {
        str(path.relative_to(project.folder)): path.read_bytes()
        for path in paths
        if not COPY_OF_DVC.fullmatch(path.name)
    }


def results(project: Project) -> Files:
    """Return dvc.lock and every file that the stages write."""
    return {"dvc.lock": project.path("dvc.lock").read_bytes()} | files_in(project, *FOLDERS)


def put_back(project: Project, files: Files) -> None:
    """Make the stages' folders hold `files` and nothing else; each file is a new one, not a link into DVC's cache."""
    for name in files_in(project, *FOLDERS):
        project.path(name).unlink()
    for name, content in files.items():
        project.path(name).parent.mkdir(parents=True, exist_ok=True)
        project.path(name).unlink(missing_ok=True)
        project.path(name).write_bytes(content)


def differences(found: Files, wanted: Files) -> list[str]:
    """Return the names of the files that are missing, too many, or of other bytes."""
    return sorted(
        name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)
    )


def size(files: Files) -> int:
    """Return how many bytes `files` are together."""
    return sum(map(len, files.values()))


def temporary_files(folder: Path) -> list[str]:
    """Return the names of the stages' half-written files in a project; DVC's own are not counted."""
    names = (
        str(path.relative_to(folder))
        for path in folder.rglob(".*.tmp")
        if not COPY_OF_DVC.fullmatch(path.name)
    )
    return [name for name in names if not name.startswith(".dvc/")]
