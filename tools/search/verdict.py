"""How the finalists did over the seeds, and whether the best one's lead is more than noise."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stages.common.history import History
from tools.runs.ranking import Mean, mean_curve, rank
from tools.runs.record import Run
from tools.search.finalists import Finalist
from tools.search.study import Proposal, Study


@dataclass(frozen=True)
class Standing:
    """How a finalist did over the seeds."""

    finalist: Finalist
    val_loss: Mean  # nats
    val_accuracy: Mean
    behind: Mean  # val_loss less the best one's, by seed, ± half of 95%
    curve: History  # the mean learning curve, as tools.runs.ranking.mean_curve has it


def standings(finalists: Sequence[Finalist], runs: Mapping[str, Run]) -> list[Standing]:
    """Return how the finalists did, the lowest mean validation loss first."""
    (ranking,) = rank(list(runs.values()))
    found = []
    for group in ranking.groups:
        name = group.runs[0].name
        found.append(
            Standing(
                finalist=next(each for each in finalists if name.startswith(f"{each.name}-")),
                val_loss=group.mean("val_loss"),
                val_accuracy=group.mean("val_accuracy"),
                behind=group.behind or Mean(math.nan, None),
                curve=mean_curve([run.history for run in group.runs]),
            )
        )
    return found


def rows(found: Sequence[Standing], params: Sequence[str]) -> list[list[str]]:
    """Return the standings as cells, with their header and the values of some params."""
    table = [["finalist", *params, "val_loss", "val_accuracy", "behind the best"]]
    for place, each in enumerate(found):
        proposal = each.finalist.proposal
        figures = [plus_minus(each.val_loss), plus_minus(each.val_accuracy)]
        behind = plus_minus(each.behind) if place else ""
        values = [str(proposal.values[name]) for name in params]
        table.append([each.finalist.name, *values, *figures, behind])
    return table


def plus_minus(figure: Mean) -> str:
    """Return a mean with its spread, where there is one."""
    return f"{figure.value:.4f}" + ("" if figure.spread is None else f" ± {figure.spread:.4f}")


def conclude(found: Sequence[Standing], best: Proposal, study: Study) -> tuple[str, str]:
    """Return a sentence on what came of a search, and the command to type next.

    Args:
        found: how the finalists did, the best first; empty when none was run.
        best: the best trial.
        study: the study.
    """
    seeds = study.settings.finalist_seeds
    if not found:
        params = " ".join(f"-S {name}={value}" for name, value in best.values.items())
        return f"Trial {best.number} is the best; one seed each.", f"dvc exp run {params}"
    first = found[0].finalist
    seed = study.base.seed if study.base.seed in seeds else seeds[0]
    return _verdict(found, len(seeds)), f"dvc exp apply {first.experiment(seed)}"


def _verdict(found: Sequence[Standing], seeds: int) -> str:
    """Return whether the best finalist leads by more than noise."""
    best = found[0].finalist.name
    if len(found) == 1:
        return f"{best} is the only finalist."
    mean, half = found[1].behind.value, found[1].behind.spread
    if half is None:
        return f"{best} is first; one seed does not tell a lead from noise."
    second = found[1].finalist.name
    lead = f"{best} leads {second} by {mean:.4f} ± {half:.4f} nats over {seeds} seeds"
    return f"{lead}: {'more than noise' if mean > half else 'noise may bring as much'}."
