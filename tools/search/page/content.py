"""What the page shows; a search and a comparison of experiments fill it in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Trial:
    """A trial of a search, or an experiment."""

    number: int  # where it stands in the history
    name: str
    state: str  # complete, pruned or failed
    params: Mapping[str, Any]  # those that vary
    val_loss: float | None  # nats
    val_accuracy: float | None
    epochs: int


@dataclass(frozen=True)
class Table:
    """A table of text; the first row is the header, the first column the names of the rows."""

    caption: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Content:
    """All of the page."""

    kind: str  # "Search" or "Comparison"
    verdict: str  # the heading
    next_command: str  # what to type next
    facts: str  # a line on how this was made
    groups: Table | None  # the finalists, or all seeds of the same params
    curves: Mapping[str, pd.DataFrame]  # by group the mean learning curve; see mean_curve
    trials: Sequence[Trial]
    logarithmic: Collection[str]  # params that have a logarithmic axis
    importance: Mapping[str, float]  # by param, they add up to 1; empty where it was not computed
    importance_note: str  # how to read it, or why it was not computed
    settings: str  # the search.yaml; "" for a comparison
