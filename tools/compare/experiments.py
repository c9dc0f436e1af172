"""Which runs started from a commit: those that DVC recorded, and the commit itself."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from stages.common.errors import PipelineError
from tools.runs.ranking import RANKED_BY
from tools.runs.record import RANKED, Run
from tools.runs.revision import Commit, commit, current_branch, experiments_from, read_ahead

MOST_NAMES = 5  # in one line
_QUEUE = Path(".dvc/tmp/exps/celery")  # is there once an experiment was queued


@dataclass(frozen=True)
class Experiments:
    """What was found; a run is either in `runs` or in `excluded`."""

    base: Commit  # the commit that the experiments started from
    runs: tuple[Run, ...]  # that can be ranked, the base first if it is one of them
    excluded: Mapping[str, Sequence[str]]  # by reason the names of the runs that cannot be ranked
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
    recorded = experiments_from(found)
    base_name = rev or current_branch() or found.commit[:7]
    # An experiment may have the name of a branch.
    label = f"{base_name} ({found.commit[:7]})" if base_name in recorded else base_name
    base = Commit(label, found.commit)
    wanted = [base] if is_wanted(base_name) else []
    wanted += [each for name, each in recorded.items() if is_wanted(name)]
    runs, excluded = _read_runs(wanted)
    unfinished = _count_unfinished(found.commit, is_wanted)
    if excluded and not runs:
        reasons = [f"{listed(names)}: {reason}" for reason, names in excluded.items()]
        raise PipelineError(f"nothing to rank: {'; '.join(reasons)}")
    if not runs:
        named = f" named {' or '.join(patterns)}" if patterns else ""
        raise PipelineError(
            f"no finished experiment{named} starts from {label}; see `dvc queue status` and "
            "`dvc exp list -A`, or name the commit that they started from with --rev"
        )
    return Experiments(base, tuple(runs), excluded, unfinished)


def listed(names: Sequence[str]) -> str:
    """Return names with commas, the first few when they are many."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _read_runs(wanted: Sequence[Commit]) -> tuple[list[Run], dict[str, list[str]]]:
    """Return the runs that can be ranked, and by reason the names of those that cannot."""
    runs: dict[tuple[object, ...], Run] = {}
    excluded: dict[str, list[str]] = {}
    read_ahead(wanted, RANKED)
    for run in map(Run, wanted):
        try:
            _check(run)
        except PipelineError as problem:
            reason = str(problem).removeprefix(f"{run.name}: ")
        else:
            same = (run.data, frozenset(run.params.items()), frozenset(run.code.items()))
            if runs.setdefault(same, run) is run:
                continue
            reason = f"the same params, code and data as {runs[same].name}"
        excluded.setdefault(reason, []).append(run.name)
    return list(runs.values()), excluded


def _check(run: Run) -> None:
    """Raise PipelineError unless the run can be ranked."""
    run.check()
    if run.params.get("val_fraction") == 0:
        raise PipelineError("no validation split (val_fraction 0)")
    for metric in (RANKED_BY, "val_accuracy", "epochs_run"):
        run.trained(metric)


def _count_unfinished(base: str, is_wanted: Callable[[str], bool]) -> Counter[str] | None:
    """Return how many experiments from a commit wait, run and have failed, by state."""
    here = Path.cwd()  # In a larger repository DVC's folder may be above the project's.
    if not any((folder / _QUEUE).is_dir() for folder in (here, *here.parents)):
        return Counter()
    # Half a second, which most comparisons do not need.
    from dvc.exceptions import DvcException  # noqa: PLC0415
    from dvc.repo import Repo  # noqa: PLC0415

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
