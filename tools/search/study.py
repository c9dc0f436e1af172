"""A study: Optuna proposes trials in batches, and prunes by the results of earlier batches.

The outcome depends on the settings alone, however many workers run the trials and however fast:

- every trial has a sampler of its own, seeded by the study's seed and the trial's number;
- a batch is proposed when the batch before the last is told, whole and in order. So one batch
  runs while the next is proposed, and no worker waits for the slowest trial of a batch;
- the limits that prune a trial come from the batches told when it was proposed.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, GridSampler, RandomSampler, TPESampler
from optuna.trial import TrialState

from stages.common.params import Params
from tools.search.settings import Choices, Range, Settings
from tools.search.trial import Outcome

AHEAD = 2  # batches that run at once: no worker waits for the last trial of a batch
# Fewer finished trials than this say too little to stop another one by them.
ENOUGH_TO_PRUNE = 5
# The share of its epochs after which a trial is judged. While a rate that decays is still high, the
# params that win in the end are often among the worst: docs/study.md has an example.
JUDGED_AFTER = {"constant": 0.0, "cosine": 0.75}
DIGITS = 4  # significant, of a number drawn from a range: people read and type them

STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    # The loss was not finite. To Optuna a failed trial says nothing, and it would propose such
    # params again and again; a pruned one says that they are bad.
    "failed": TrialState.PRUNED,
}


@dataclass(frozen=True)
class Proposal:
    """A trial to run."""

    number: int  # from 0
    proposed: dict[str, Any]  # the varied params, as Optuna has them
    values: dict[str, Any]  # the same, as they are trained with


class Study:
    """Proposes trials and learns from them."""

    def __init__(self, settings: Settings, base: Params) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.settings = settings
        self.base = base
        self.distributions = {name: _distribution(v) for name, v in settings.vary.items()}
        self._optuna = optuna.create_study(sampler=RandomSampler(), direction="minimize")
        self._running: dict[int, tuple[optuna.Trial, Params]] = {}
        # The validation losses by epoch of complete trials, by what shapes such a curve.
        self._complete: defaultdict[tuple[int, str], list[list[float]]] = defaultdict(list)

    def ask(self, numbers: Sequence[int]) -> list[Proposal]:
        """Return the trials of these numbers, which follow those asked for before."""
        return [self._ask(number) for number in numbers]

    def _ask(self, number: int) -> Proposal:
        self._optuna.sampler = _sampler(self.settings, number)
        trial = self._optuna.ask(self.distributions)
        varied = {name: _used(v, trial.params[name]) for name, v in self.settings.vary.items()}
        proposal = Proposal(number, trial.params, varied)
        self._running[number] = trial, self.params(proposal)
        return proposal

    def params(self, proposal: Proposal) -> Params:
        """Return all params of a trial."""
        return Params.model_validate(self.base.model_dump() | proposal.values)

    def limits(self, params: Params) -> list[float]:
        """Return, for each epoch, the validation loss above which a trial of these params stops.

        They come from trials of as many epochs and the same schedule, whose curves have one shape.
        """
        limits = []
        judged_after = JUDGED_AFTER[params.lr_schedule] * params.epochs
        complete = self._complete[_shape(params)] if self.settings.prune else []
        for epoch in range(max(map(len, complete), default=0)):
            losses = [curve[epoch] for curve in complete if len(curve) > epoch]
            if len(losses) < ENOUGH_TO_PRUNE:
                break
            limits.append(statistics.median(losses) if epoch >= judged_after else math.inf)
        return limits

    def tell(self, number: int, outcome: Outcome) -> None:
        """Take the outcome of a trial that was asked for."""
        trial, params = self._running.pop(number)
        for epoch, loss in enumerate(outcome.val_losses, 1):
            trial.report(loss, epoch)
        self._optuna.sampler = RandomSampler()  # a grid's would stop Optuna's own loop, not ours
        if outcome.is_complete:
            self._optuna.tell(trial, outcome.val_loss)
            self._complete[_shape(params)].append(outcome.val_losses)
        else:
            self._optuna.tell(trial, state=STATES[outcome.state])


def _shape(params: Params) -> tuple[int, str]:
    """Return what the learning curves of comparable trials have in common."""
    return params.epochs, params.lr_schedule


def _distribution(varied: Choices | Range) -> BaseDistribution:
    """Return what Optuna draws a param from."""
    if isinstance(varied, Choices):
        return CategoricalDistribution(varied.values)
    if isinstance(varied.low, int):
        return IntDistribution(varied.low, int(varied.high), log=varied.log)
    return FloatDistribution(varied.low, varied.high, log=varied.log)


def _used(varied: Choices | Range, value: Any) -> Any:
    """Return the value to train with: a number from a range is rounded to DIGITS digits."""
    if isinstance(varied, Choices) or isinstance(value, int):
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), varied.low), varied.high)


def _sampler(settings: Settings, number: int) -> BaseSampler:
    """Return the sampler of one trial."""
    if settings.sampler == "grid":
        # One seed, one order of the cells; the sampler takes the next that no trial has.
        grid = {name: varied.values for name, varied in settings.vary.items()}
        return GridSampler(grid, seed=settings.sampler_seed)
    seed = int(np.random.SeedSequence([settings.sampler_seed, number]).generate_state(1)[0])
    if settings.sampler == "random":
        return RandomSampler(seed)
    return TPESampler(seed=seed, multivariate=True, constant_liar=True)
