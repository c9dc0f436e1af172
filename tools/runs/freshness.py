"""Whether results are those of the params, code and data beside them, as DVC sees it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from dvc.repo import Repo

from stages.common.errors import DataError
from tools.runs.lock import LOCK, parse_lock
from tools.runs.revision import Revision, WorkingTree

_ABSENT = ("deleted", "not in cache")  # as DVC calls data that only its cache holds


def stale(revision: Revision) -> tuple[str, ...]:
    """Return the params, files and commands that are not as dvc.lock records them.

    This is what `dvc status` says, with one exception: data in DVC's cache may be absent, as in a
    fresh clone. Then each stage must have read what dvc.lock says the stage before it wrote.

    Raises:
        DataError: DVC cannot read the pipeline of the revision.
    """
    if isinstance(revision, WorkingTree):
        return stale_in(Path.cwd(), revision.label)
    # As files, since DVC's own reader of commits waits for ever in a partial clone.
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        revision.extract(files)
        # In a larger repository DVC's folder may be above the project's.
        (files / ".dvc").mkdir(exist_ok=True)
        return stale_in(files, revision.label, no_scm=True, site_cache_dir=f"{folder}/cache")


def stale_in(folder: Path, label: str, **settings: object) -> tuple[str, ...]:
    """Return what `stale` does of the files in `folder`.

    Args:
        folder: a project, its data present or not.
        label: what to call it in an error.
        settings: those of the section `core` of DVC's configuration.
    """
    try:
        with Repo(str(folder), config={"core": settings}) as repo:
            return tuple(dict.fromkeys(_changes(repo, folder)))
    # On a damaged dvc.lock DVC raises AttributeError, NotImplementedError and more of the kind.
    except Exception as problem:
        reason = (str(problem) or type(problem).__name__).splitlines()[0]
        raise DataError(
            f"dvc.yaml and dvc.lock in {label}: DVC cannot read them: {reason}; "
            "`dvc status` says more"
        ) from problem


def _changes(repo: Repo, folder: Path) -> Iterator[str]:
    lock = folder / LOCK
    stages = parse_lock(lock.read_bytes()).stages if lock.is_file() else {}
    written = {out.path: out.md5 for stage in stages.values() for out in stage.outs}
    for name, changes in repo.status(targets=[str(folder / "dvc.yaml")]).items():
        for change in changes:
            if isinstance(change, str):
                yield f"the command of {name.rpartition(':')[2]}"
                continue
            for path, status in (item for files in change.values() for item in files.items()):
                if isinstance(status, dict):  # of params.yaml DVC names the params
                    yield from status
                elif status not in _ABSENT or not written.get(path, "").endswith(".dir"):
                    yield path
    read = [dep for stage in stages.values() for dep in stage.deps]
    yield from (dep.path for dep in read if written.get(dep.path, dep.md5) != dep.md5)
