"""What a run of the pipeline writes: the files whose bytes tests compare."""

from pathlib import Path

from tests.support.project import Project

STAGES = ("download", "preprocess", "train", "evaluate")
FOLDERS = ("data/raw", "data/prepared", "data/model", "metrics", "plots")

Files = dict[str, bytes]  # by path inside the project


def outputs(project: Project) -> Files:
    """Return every file that the stages write."""
    paths = [path for folder in FOLDERS for path in project.path(folder).rglob("*")]
    files = [path for path in paths if path.is_file()]
    return {path.relative_to(project.folder).as_posix(): path.read_bytes() for path in files}


def results(project: Project) -> Files:
    """Return dvc.lock and every file that the stages write."""
    return {"dvc.lock": project.path("dvc.lock").read_bytes()} | outputs(project)


def replace_outputs(project: Project, files: Files) -> None:
    """Make the stages' folders hold `files` and nothing else, without touching DVC's cache."""
    for name in outputs(project).keys() | files.keys():
        project.path(name).unlink(missing_ok=True)  # it may be a link into the cache
    for name, content in files.items():
        project.path(name).parent.mkdir(parents=True, exist_ok=True)
        project.path(name).write_bytes(content)


def differences(found: Files, wanted: Files) -> list[str]:
    """Return the names of the files that are missing, too many, or of other bytes."""
    names = found.keys() | wanted.keys()
    return sorted(name for name in names if found.get(name) != wanted.get(name))


def temporary_files(folder: Path) -> list[str]:
    """Return the names of the half-written files of stages in a project."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob(".*.tmp"))
    return [name for name in names if not name.startswith(".dvc/")]
