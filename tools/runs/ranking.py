"""Runs that saw the same images, ranked: all seeds of the same params and code are one group.

A seed draws the validation split too, and some splits are easier. That is so for all settings:
differences between settings are taken within seeds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from stages.common.history import COLUMNS, History
from stages.common.params import Params
from tools.runs.record import Run

# The loss moves with every image, where the accuracy of 6,000 images moves in steps; `patience`
# looks at it too.
RANKED_BY = "val_loss"
ABSENT = "-"  # a param that the record of a run lacks
_IMAGES = ("dataset", "val_fraction")  # with data/raw: what must be equal to compare losses

# Student's t, 97.5% quantile for 1 to 10 degrees of freedom. The last serves for more, where it
# makes the interval a little too wide.
_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


@dataclass(frozen=True)
class Mean:
    """A mean over seeds."""

    value: float
    spread: float | None  # what stands behind ±; None where it takes more seeds


def plus_minus(mean: Mean | None) -> str:
    """Return a mean with its spread, "" for none."""
    if mean is None:
        return ""
    return f"{mean.value:.4f}" + ("" if mean.spread is None else f" ± {mean.spread:.4f}")


@dataclass(frozen=True)
class Group:
    """All runs of the same settings."""

    settings: Mapping[str, Any]  # the params but the seed and those of the images, and `code`
    runs: tuple[Run, ...]  # one a seed, the lowest first
    score: float  # the mean of RANKED_BY over the seeds of all groups; over its own without any
    # RANKED_BY less the best group's over the seeds of both, ± half of 95%; None without any
    behind: Mean | None

    def mean(self, metric: str) -> Mean:
        """Return the mean of a metric of training, and its standard deviation."""
        values = [run.trained(metric) for run in self.runs]
        return Mean(fmean(values), stdev(values) if len(values) > 1 else None)


@dataclass(frozen=True)
class Ranking:
    """Groups whose runs saw the same images, the best first."""

    groups: tuple[Group, ...]
    seeds: tuple[int, ...]  # that all groups have
    settings: tuple[str, ...]  # those that are not the same in all groups

    @property
    def runs(self) -> list[Run]:
        """The runs of all groups."""
        return [run for group in self.groups for run in group.runs]


def rank(runs: Sequence[Run]) -> list[Ranking]:
    """Return a ranking for each set of runs that saw the same images, the largest set first.

    Args:
        runs: with a validation split; no two have the same images, settings and seed. Runs with the
            same loss stay in this order.
    """
    known = {**Params.model_fields, **{name: None for run in runs for name in run.params}}
    names = [name for name in known if name not in ("seed", *_IMAGES)]
    sets: dict[tuple[Any, ...], dict[tuple[Any, ...], list[Run]]] = {}
    for run, letter in sorted(zip(runs, name_code(runs), strict=True), key=_loss):
        settings = {name: run.params.get(name, ABSENT) for name in names} | {"code": letter}
        images = (*(run.params.get(name) for name in _IMAGES), run.data)
        sets.setdefault(images, {}).setdefault(tuple(settings.items()), []).append(run)
    rankings = [_ranking(groups) for groups in sets.values()]
    return sorted(rankings, key=lambda ranking: -len(ranking.runs))


def _loss(named: tuple[Run, str]) -> float:
    return named[0].trained(RANKED_BY)


def _ranking(runs: Mapping[tuple[Any, ...], Sequence[Run]]) -> Ranking:
    """Return the ranking of runs by their settings."""
    losses = [{run.seed: run.trained(RANKED_BY) for run in each} for each in runs.values()]
    common = set.intersection(*map(set, losses))
    scores = [fmean(each[seed] for seed in common or each) for each in losses]
    best = losses[scores.index(min(scores))]
    groups = [
        Group(
            dict(settings), tuple(sorted(each, key=lambda run: run.seed)), score, _behind(own, best)
        )
        for (settings, each), score, own in zip(runs.items(), scores, losses, strict=True)
    ]
    groups.sort(key=lambda group: group.score)
    names = groups[0].settings
    varied = [name for name in names if len({group.settings[name] for group in groups}) > 1]
    return Ranking(tuple(groups), tuple(sorted(common)), tuple(varied))


def _behind(losses: Mapping[int, float], best: Mapping[int, float]) -> Mean | None:
    """Return the mean difference within the seeds of both, ± half of its 95% interval (t)."""
    differences = [losses[seed] - best[seed] for seed in losses if seed in best]
    count = len(differences)
    if count < 2:
        return Mean(differences[0], None) if differences else None
    quantile = _T_975[min(count - 1, len(_T_975)) - 1]
    return Mean(fmean(differences), quantile * stdev(differences) / math.sqrt(count))


def name_code(runs: Sequence[Run]) -> list[str]:
    """Return a name for the code of each run: A for the first run's, then B, C and so on."""
    known: dict[frozenset[tuple[str, str]], str] = {}
    return [known.setdefault(frozenset(run.code.items()), _letters(len(known))) for run in runs]


def _letters(number: int) -> str:
    """Return the name of a column in a spreadsheet: 0 is A, 25 is Z, 26 is AA."""
    before, last = divmod(number, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def mean_curve(histories: Sequence[History]) -> History:
    """Return the mean learning curve over seeds, up to the last epoch that all of them reached.

    Returns:
        The columns of a history, and for each but the epoch its standard deviation over seeds with
        `_sd` behind the name: None for one seed.
    """
    last = min(len(each["epoch"]) for each in histories)
    curve: History = {"epoch": [*range(1, last + 1)]}
    for name in COLUMNS[1:]:
        epochs = [*zip(*(each[name][:last] for each in histories), strict=True)]
        # Without a validation split there are no values.
        curve[name] = [None if None in each else fmean(each) for each in epochs]
        has_spread = len(histories) > 1 and not any(None in each for each in epochs)
        curve[f"{name}_sd"] = [stdev(each) if has_spread else None for each in epochs]
    return curve
