"""The whole search: trials out in batches, outcomes in, then the finalists and the page."""

import math
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from stages.common.dataset import PREPARED, load_info, load_split
from stages.common.errors import ParamError, PipelineError, TrainingError
from stages.common.params import Params, load_params
from tools.runs.edits import keep_edits
from tools.search import report
from tools.search.dvc import bring_prepared
from tools.search.finalists import (
    Finalist,
    Standing,
    check_tracked,
    conclude,
    ranked,
    run_finalists,
    standings,
)
from tools.search.fingerprint import fingerprint, study_key
from tools.search.journal import Journal, open_journal
from tools.search.pool import SchedulerLostError, cluster_pool, local_pool
from tools.search.processes import cores
from tools.search.settings import Choices, Settings, load_settings
from tools.search.study import AHEAD, Proposal, Study
from tools.search.trial import Outcome

OUT = Path("report/search")
RETURNING = 600  # seconds to wait for a scheduler that was lost


class Pool(Protocol):
    """Runs trials."""

    def submit(self, number: int, values: dict[str, Any], limits: Sequence[float]) -> None:
        """Take a trial to run."""

    def next(self) -> tuple[int, Outcome]:
        """Wait for the next trial that ends; return its number and its outcome."""


def search(*, scheduler: str, workers: int) -> None:
    """Run the search that search.yaml describes.

    Args:
        scheduler: the address of a Dask scheduler whose workers to use; "" for processes here.
        workers: how many processes to start on this machine; 0 for one a core.
    """
    base = load_params()
    settings = load_settings(base)
    if settings.finalists:
        check_tracked(base.dataset)
    same = fingerprint() | {str(PREPARED): bring_prepared()}
    _check_batch_size(settings, base)

    def open_pool() -> AbstractContextManager[Pool]:
        if scheduler:
            return cluster_pool(scheduler, same)
        return local_pool(workers or len(cores()), same)

    with open_journal(OUT / "study.journal", study_key(same, settings, base)) as journal:
        done = _done(journal, settings)
        recorded = f", {done} recorded already" if done else ""
        print(*journal.news, f"{settings.count} trials ({settings.sampler}){recorded}", sep="\n")
        sys.stdout.flush()
        study, proposals = run_to_the_end(settings, base, journal, open_pool)
        _conclude(study, proposals, journal)


def _done(journal: Journal, settings: Settings) -> int:
    """Return how many trials of the search are recorded; an earlier one may have had more."""
    return sum(number < settings.count for number in journal.outcomes)


def run_to_the_end(
    settings: Settings,
    base: Params,
    journal: Journal,
    open_pool: Callable[[], AbstractContextManager[Pool]],
) -> tuple[Study, list[Proposal]]:
    """Run a study. When the scheduler is lost, wait for a new one and go on from the journal."""
    deadline = 0.0  # a scheduler that never answered is not waited for
    while True:
        study = Study(settings, base)
        with ExitStack() as stack:

            @cache
            def pool() -> Pool:
                nonlocal deadline
                found = stack.enter_context(open_pool())
                deadline = math.inf
                return found

            try:
                return study, run(study, journal, pool)
            except SchedulerLostError as problem:
                if deadline == math.inf:
                    tqdm.write(f"{problem}; waiting for it", file=sys.stderr)
                    deadline = time.monotonic() + RETURNING
                if time.monotonic() > deadline:
                    raise
        time.sleep(1)


def run(study: Study, journal: Journal, pool: Callable[[], Pool]) -> list[Proposal]:
    """Run all trials of a study that the journal does not have yet, with a progress bar.

    Args:
        study: a new study; it is asked and told from its first trial on.
        journal: the finished trials, to which each trial is added when it ends.
        pool: gives the workers; not called when all trials are recorded.

    Returns:
        All trials of the study, whose outcomes the journal has.
    """
    count, size = study.settings.count, study.settings.batch
    proposals: dict[int, Proposal] = {}
    running: deque[Sequence[Proposal]] = deque()

    def finish(batch: Sequence[Proposal]) -> None:
        while any(proposal.number not in journal.outcomes for proposal in batch):
            number, outcome = pool().next()
            journal.add(study, proposals[number], outcome)
            best = journal.best()
            bar.set_postfix_str(f"best {best:.4f}" if best else "", refresh=False)
            bar.update()
        for proposal in batch:
            study.tell(proposal.number, journal.outcomes[proposal.number])

    done = _done(journal, study.settings)
    with tqdm(total=count, initial=done, unit=" trials", disable=None) as bar:
        for first in range(0, count, size):
            if len(running) == AHEAD:
                finish(running.popleft())
            batch = study.ask(range(first, min(first + size, count)))
            for proposal in batch:
                proposals[proposal.number] = proposal
                if proposal.number not in journal.outcomes:
                    params = study.params(proposal)
                    pool().submit(proposal.number, params.model_dump(), study.limits(params))
            running.append(batch)
        while running:
            finish(running.popleft())
    return list(proposals.values())


def _conclude(study: Study, proposals: Sequence[Proposal], journal: Journal) -> None:
    """Show the trials, run the finalists, and write the page before and after them."""
    table, page = OUT / "trials.csv", OUT / "index.html"
    report.write_trials(table, proposals, journal.outcomes)
    best = ranked(proposals, journal.outcomes)
    if not best:
        raise TrainingError(f"no trial was completed; {table} has all of them")
    print(*report.trials_lines(best, journal.outcomes, table), sep="\n", flush=True)

    def write_page(found: Sequence[Standing]) -> tuple[str, str]:
        verdict, command = conclude(found, best[0], study)
        report.write_page(
            page,
            study.settings,
            proposals,
            journal.outcomes,
            found,
            verdict=verdict,
            next_command=command,
        )
        return verdict, command

    verdict, command = write_page([])
    failed = None
    try:
        if found := _run_finalists(study, best, journal):
            print("", *report.finalists_lines(found, page), sep="\n")
            verdict, command = write_page(found)
            verdict = f"{verdict}\n{keep_edits()}".rstrip()
    except PipelineError as problem:  # the trials are worth their lines all the same
        failed = problem
    following = f"Next: {command}\n" if command else ""
    print(f"\n{verdict}\n{following}Page and table: {OUT}/", flush=True)
    if failed:
        raise failed


def _run_finalists(study: Study, best: Sequence[Proposal], journal: Journal) -> list[Standing]:
    """Run the finalists with a progress bar; return how they did, the best first."""
    finalists = [Finalist(journal.study, each) for each in best[: study.settings.finalists]]
    total = len(finalists) * len(study.settings.finalist_seeds)
    if not total:
        return []
    with tqdm(total=total, unit=" experiments", disable=None) as bar:
        runs = run_finalists(finalists, study, journal, bar.update)
    return standings(finalists, runs)


def _check_batch_size(settings: Settings, base: Params) -> None:
    varied = settings.vary.get("batch_size", Choices((base.batch_size,)))
    largest = max(varied.values) if isinstance(varied, Choices) else varied.high
    images = len(load_split(PREPARED, "train", load_info(PREPARED)))
    if largest > images:
        raise ParamError(
            f"batch_size: {largest} is not allowed; it must be at most the number of training "
            f"images, {images}"
        )
