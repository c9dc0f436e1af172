"""Run a study: batches out, outcomes in, each recorded when it ends."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tools.search.journal import Record
from tools.search.study import Proposal, Study
from tools.search.trial import Outcome


class Pool(Protocol):
    """Runs trials."""

    def submit(self, number: int, values: dict[str, Any], limits: Sequence[float]) -> None:
        """Take a trial to run."""

    def next(self) -> tuple[int, Outcome]:
        """Wait for the next trial that ends; return its number and its outcome."""


class NoPool:
    """The pool of a study whose trials are all recorded."""

    def submit(self, number: int, values: dict[str, Any], limits: Sequence[float]) -> None:
        """Refuse."""
        raise LookupError(f"trial {number} is not recorded")

    def next(self) -> tuple[int, Outcome]:
        """Refuse."""
        raise LookupError("no trial runs")


AHEAD = 2  # batches that run at once: no worker waits for the last trial of a batch


def run_study(
    study: Study, record: Record, pool: Pool, on_trial: Callable[[], None]
) -> list[Proposal]:
    """Run all trials of a study that the record does not have yet.

    Args:
        study: a new study; it is asked and told from its first trial on.
        record: the finished trials, to which each trial is added when it ends.
        pool: the workers.
        on_trial: called when a trial was added.

    Returns:
        All trials of the study, whose outcomes the record has.
    """
    proposals: dict[int, Proposal] = {}
    running: deque[Sequence[Proposal]] = deque()

    def finish(batch: Sequence[Proposal]) -> None:
        while any(proposal.number not in record.outcomes for proposal in batch):
            number, outcome = pool.next()
            record.add(study, proposals[number], outcome)
            on_trial()
        for proposal in batch:
            study.tell(proposal.number, record.outcomes[proposal.number])

    count, size = study.settings.count, study.settings.batch
    for first in range(0, count, size):
        if len(running) == AHEAD:
            finish(running.popleft())
        batch = study.ask(range(first, min(first + size, count)))
        for proposal in batch:
            proposals[proposal.number] = proposal
            if proposal.number not in record.outcomes:
                params = study.params(proposal)
                pool.submit(proposal.number, params.model_dump(), study.limits(params))
        running.append(batch)
    while running:
        finish(running.popleft())
    return list(proposals.values())
