"""Whether results are those of the params, code and data beside them, as DVC sees it."""

from collections.abc import Iterator

from dvc.repo import Repo

from stages.common.errors import DataError
from tools.report.revision import Revision


def stale(revision: Revision) -> tuple[str, ...]:
    """Return the params, files and commands that are not as dvc.lock records them.

    This is what `dvc status` says, with one exception: data in DVC's cache may be absent, as in a
    fresh clone. Then each stage must have read what dvc.lock says the stage before it wrote.

    Raises:
        DataError: DVC cannot read the pipeline of the revision.
    """
    try:
        with Repo() as repo, repo.switch(revision.commit or "workspace"):
            return tuple(dict.fromkeys(_changes(repo)))
    # On a damaged dvc.lock DVC raises AttributeError, NotImplementedError and more of the kind.
    except Exception as problem:
        reason = (str(problem) or type(problem).__name__).splitlines()[0]
        raise DataError(
            f"dvc.yaml and dvc.lock in {revision.label}: DVC cannot read them: {reason}; "
            "`dvc repro` makes dvc.lock again"
        ) from problem


def _changes(repo: Repo) -> Iterator[str]:
    stages = repo.stage.load_all("dvc.yaml")
    cached = {out.fs_path: out for stage in stages for out in stage.outs if out.use_cache}
    for stage in stages:
        if stage.cmd_changed:
            yield f"the command of {stage.name}"
        for file in [*stage.deps, *stage.outs]:
            written = cached.get(file.fs_path)
            if written and not file.exists:
                if file.hash_info != written.hash_info:
                    yield file.def_path
                continue
            for path, status in file.status().items():
                # Of params.yaml DVC names the params.
                yield from status if isinstance(status, dict) else (path,)
