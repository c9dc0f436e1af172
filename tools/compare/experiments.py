"""Which runs started from a commit: those that DVC recorded, and the commit itself."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dvc.exceptions import DvcException
from dvc.repo import Repo

from stages.common.errors import PipelineError
from tools.runs.record import RUN_FILES, Run, read_run
from tools.runs.revision import Commit, commit, current_branch, read_ahead, references

MOST_NAMES = 5  # in one line


@dataclass(frozen=True)
class Experiments:
    """What was found; a run is either in `runs` or in `apart`."""

    base: Commit  # the commit that the experiments started from
    runs: tuple[Run, ...]  # that can be ranked, the base first if it is one of them
    apart: Mapping[str, Sequence[str]]  # by reason the names of the runs that cannot be ranked
    # By state (queued, running, failed) how many experiments; None when the queue is unreadable.
    unfinished: Mapping[str, int] | None


def load_experiments(patterns: Sequence[str] = (), rev: str | None = None) -> Experiments:
    """Return the runs that started from a commit.

    Args:
        patterns: the names wanted, with * and ? as in a shell; all when empty.
        rev: the commit; HEAD when None.

    Raises:
        PipelineError: no run can be ranked.
    """

    def is_wanted(name: str) -> bool:
        return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)

    found = commit(rev or "HEAD")
    recorded = references(f"refs/exps/{found.commit[:2]}/{found.commit[2:]}")
    base_name = rev or current_branch() or found.commit[:7]
    # An experiment may have the name of a branch.
    label = f"{base_name} ({found.commit[:7]})" if base_name in recorded else base_name
    base = Commit(label, found.commit)
    wanted = [base] if is_wanted(base_name) else []
    wanted += [recorded[name] for name in sorted(recorded) if is_wanted(name)]
    runs, apart = _read_runs(wanted)
    unfinished = _count_unfinished(found.commit, is_wanted)
    if apart and not runs:
        reasons = [f"{listed(names)}: {reason}" for reason, names in apart.items()]
        raise PipelineError(f"nothing to rank: {'; '.join(reasons)}")
    if not runs:
        named = f" named {' or '.join(patterns)}" if patterns else ""
        raise PipelineError(
            f"no finished experiment{named} starts from {label}; see `dvc queue status` and "
            "`dvc exp list -A`, or name the commit that they started from with --rev"
        )
    return Experiments(base, tuple(runs), apart, unfinished)


def listed(names: Sequence[str]) -> str:
    """Return names with commas, the first few when they are many."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _read_runs(wanted: Sequence[Commit]) -> tuple[list[Run], dict[str, list[str]]]:
    """Return the runs that can be ranked, and by reason the names of those that cannot."""
    runs: dict[tuple[object, ...], Run] = {}
    apart: dict[str, list[str]] = {}
    read_ahead(wanted, RUN_FILES)
    for revision in wanted:
        try:
            run = read_run(revision.label, revision)
        except PipelineError as problem:
            apart.setdefault(str(problem), []).append(revision.label)
            continue
        same = (run.params, run.data, *sorted(run.code.items()))
        if None in (run.figures.val_loss, run.figures.val_accuracy):
            reason = f"no validation figures (val_fraction {run.params.val_fraction:g})"
            apart.setdefault(reason, []).append(run.name)
        elif same in runs:
            reason = f"the same params, code and data as {runs[same].name}"
            apart.setdefault(reason, []).append(run.name)
        else:
            runs[same] = run
    return list(runs.values()), apart


def _count_unfinished(base: str, is_wanted: Callable[[str], bool]) -> Counter[str] | None:
    """Return how many experiments from a commit wait, run and have failed, by state."""
    try:
        with Repo() as repo:
            queue = repo.experiments.celery_queue
            states = {
                "failed": queue.failed_stash.stash_revs.values(),
                "running": queue.iter_active(),
                "queued": queue.iter_queued(),
            }
            return Counter(
                state
                for state, entries in states.items()
                for entry in entries
                if entry.baseline_rev == base and is_wanted(entry.name or "")
            )
    # While a worker writes a message of the queue, another process may read half of it.
    except (DvcException, OSError, ValueError, LookupError):
        return None
