"""Runs a study: trials out in batches, outcomes in, each recorded when it ends."""

import math
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from typing import Any, Protocol

from tqdm import tqdm

from stages.common.params import Params
from tools.search.journal import Journal
from tools.search.pool import SchedulerLostError
from tools.search.settings import Settings
from tools.search.study import AHEAD, Proposal, Study
from tools.search.trial import Outcome

RETURNING = 600  # seconds to wait for a scheduler that was lost


class Pool(Protocol):
    """Runs trials."""

    def submit(self, number: int, values: dict[str, Any], limits: Sequence[float]) -> None:
        """Take a trial to run."""

    def next(self) -> tuple[int, Outcome]:
        """Wait for the next trial that ends; return its number and its outcome."""


def run_to_the_end(
    settings: Settings,
    base: Params,
    journal: Journal,
    open_pool: Callable[[], AbstractContextManager[Pool]],
) -> tuple[Study, list[Proposal]]:
    """Run a study. When the scheduler is lost, wait for a new one and resume from the journal."""
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

    done = journal.done(count)
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
