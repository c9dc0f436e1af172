"""What the page shows; a search and a comparison of experiments fill it in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stages.common.history import History
from tools.page.table import Table


@dataclass(frozen=True)
class Trial:
    """A trial of a search, or all seeds of the same params."""

    state: str  # complete, pruned or failed
    params: Mapping[str, Any]  # those that vary
    val_loss: float | None  # nats
    about: str  # all of it in a line
    val_accuracy: float | None = None
    val_loss_sd: float | None = None  # over seeds
    val_accuracy_sd: float | None = None


@dataclass(frozen=True)
class Content:
    """Trials that saw the same images."""

    kind: str  # "Search", or what the experiments of a comparison have in common
    one: str  # what a trial is called: "trial" or "set of params"
    many: str  # the plural
    verdict: str  # the heading
    next_command: str  # what to type next; "" when there is nothing to do
    facts: str  # how this was made
    best_title: str  # what the best are
    best: Table | None  # the finalists, or the best params over all their seeds
    curves: Mapping[str, History]  # by group the mean learning curve; see mean_curve
    trials: Sequence[Trial]  # in the order in which they ran
    logarithmic: Collection[str] | None  # params on a logarithmic axis; None: as their values are
    importance: Mapping[str, float]  # by param, they add up to 1; empty where it was not computed
    importance_note: str  # how to read it, or why it was not computed
    all: Table | None  # None where the best are all
    settings: str = ""  # the search.yaml

    @property
    def complete_count(self) -> int:
        """How many trials are complete."""
        return sum(each.state == "complete" for each in self.trials)

    def complete(self, noun: str) -> str:
        """Return what the complete trials are called, given what all are called."""
        return noun if self.complete_count == len(self.trials) else f"complete {noun}"
