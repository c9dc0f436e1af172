"""The best trials over several seeds, as DVC experiments: is the lead of the first more than noise?

Names carry the study and the trial, `search-a1b2-17-seed-0`: no other study's experiments are
replaced, and more trials leave those that were run as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stages.common.errors import DataError, TrainingError
from stages.common.files import METRIC_DECIMALS
from stages.common.history import History
from tools.runs.edits import apply_command
from tools.runs.ranking import Mean, mean_curve, rank
from tools.runs.record import Run
from tools.runs.revision import Commit, commit, experiments_from, untracked
from tools.search.dvc import run_experiment
from tools.search.journal import Journal
from tools.search.study import Proposal, Study
from tools.search.trial import Outcome


@dataclass(frozen=True)
class Finalist:
    """One of the best trials, and the experiments that run its params again."""

    study: str
    proposal: Proposal

    @property
    def name(self) -> str:
        """What its experiments' names begin with."""
        return f"search-{self.study}-{self.proposal.number}"

    def experiment(self, seed: int) -> str:
        """Return the name of the experiment with a seed."""
        return f"{self.name}-seed-{seed}"


def ranked(proposals: Sequence[Proposal], outcomes: Mapping[int, Outcome]) -> list[Proposal]:
    """Return the complete trials, the lowest validation loss first; of equal params only one."""
    complete = [each for each in proposals if outcomes[each.number].is_complete]
    complete.sort(key=lambda each: (outcomes[each.number].val_loss, each.number))
    seen: list[dict[str, Any]] = []
    kept = []
    for proposal in complete:
        if proposal.values not in seen:
            seen.append(proposal.values)
            kept.append(proposal)
    return kept


def check_tracked(dataset: str) -> None:
    """Raise DataError where git does not track what the experiments need of an imported dataset."""
    missing = untracked([f"data/datasets/{dataset}.yaml", f"data/local/{dataset}.dvc"])
    if missing:
        raise DataError(
            f"{' and '.join(missing)}: the finalists need what git does not track yet; "
            f"`git add {' '.join(missing)}`, or set finalists to 0 in search.yaml"
        )


def run_finalists(
    finalists: Sequence[Finalist], study: Study, journal: Journal, on_run: Callable[[], object]
) -> dict[str, Run]:
    """Run the experiments of all finalists that git does not hold yet; return them by name.

    Args:
        finalists: the best trials.
        study: that they are of.
        journal: of the study; it holds the trials' outcomes and which experiments were run.
        on_run: called when an experiment was run or found.

    Raises:
        PipelineError: an experiment failed, or its validation loss is not the trial's.
    """
    runs = {}
    for finalist in finalists:
        for seed in study.settings.finalist_seeds:
            name = finalist.experiment(seed)
            found = _experiments().get(name)
            if found is None or journal.experiments.get(name) != found.commit:
                params = finalist.proposal.values | {"seed": seed}
                log = journal.path.with_name(f"{name}.log")
                run_experiment(name, params, log, replace=found is not None)
                found = _experiments()[name]
            runs[name] = Run(found)
            runs[name].check()
            if seed == study.base.seed:
                _compare(runs[name], finalist.proposal, journal)
            journal.add_experiment(name, found.commit)
            on_run()
    return runs


def _experiments() -> dict[str, Commit]:
    """Return the experiments that started from HEAD, by name."""
    return experiments_from(commit("HEAD"))


def _compare(run: Run, proposal: Proposal, journal: Journal) -> None:
    """Raise TrainingError unless the experiment ended with the trial's validation loss."""
    trial, val_loss = journal.outcomes[proposal.number].val_loss, run.trained("val_loss")
    if trial is None or val_loss != round(trial, METRIC_DECIMALS):
        raise TrainingError(
            f"{run.name} ended with val_loss {val_loss}, and trial {proposal.number} "
            f"of the same params with {trial}: they did not run the same code on the same data "
            "and type of CPU; docs/search.md"
        )


@dataclass(frozen=True)
class Standing:
    """How a finalist did over the seeds."""

    finalist: Finalist
    runs: Sequence[Run]  # one a seed
    val_loss: Mean  # nats
    val_accuracy: Mean
    behind: Mean | None  # val_loss less the best one's, by seed, ± half of 95%
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
                runs=group.runs,
                val_loss=group.mean("val_loss"),
                val_accuracy=group.mean("val_accuracy"),
                behind=group.behind,
                curve=mean_curve([run.history for run in group.runs]),
            )
        )
    return found


def conclude(found: Sequence[Standing], best: Proposal, study: Study) -> tuple[str, str]:
    """Return a sentence on what a search found, and the command to type next; "" for none.

    Args:
        found: how the finalists did, the best first; empty when none was run.
        best: the best trial.
        study: the study.
    """
    if found:
        best, runs = found[0].finalist.proposal, found[0].runs
        chosen = next((run for run in runs if run.seed == study.base.seed), runs[0])
        verdict, command = _lead(found, len(runs)), apply_command(chosen.commit)
    else:
        params = " ".join(f"-S {name}={value}" for name, value in best.values.items())
        verdict = f"Trial {best.number} is the best; one seed each."
        command = f"dvc exp run {params}"
    if study.params(best) == study.base:
        return f"{verdict} params.yaml has its values already.", ""
    return verdict, command


def _lead(found: Sequence[Standing], seeds: int) -> str:
    """Return whether the best finalist leads by more than noise."""
    best = found[0].finalist.name
    if len(found) == 1:
        return f"{best} is the only finalist."
    second, behind = found[1].finalist.name, found[1].behind
    if behind is None or behind.spread is None:
        return f"{best} is first; one seed does not tell a lead from noise."
    lead = f"{behind.value:.4f} ± {behind.spread:.4f} nats over {seeds} seeds"
    noise = "more than noise" if behind.value > behind.spread else "noise may bring as much"
    return f"{best} leads {second} by {lead}: {noise}."
