"""The best params over several seeds, as DVC experiments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.common.errors import PipelineError, TrainingError
from stages.common.files import METRIC_DECIMALS
from tools.runs.record import Run
from tools.runs.revision import Commit, commit, experiments_from
from tools.search.dvc import run_dvc
from tools.search.journal import Record
from tools.search.settings import Settings
from tools.search.study import Proposal


@dataclass(frozen=True)
class Finalist:
    """One of the best trials, and the experiments that run its params again."""

    rank: int  # in the study, from 1
    proposal: Proposal

    @property
    def name(self) -> str:
        """What its experiments' names begin with."""
        return f"search-{self.rank}"

    def experiment(self, seed: int) -> str:
        """Return the name of the experiment with a seed."""
        return f"{self.name}-seed-{seed}"


def run_finalists(
    settings: Settings,
    finalists: Sequence[Finalist],
    trials_seed: int,
    record: Record,
    on_run: Callable[[], object],
) -> dict[str, Run]:
    """Run the experiments of all finalists that git does not hold yet; return them by name.

    Args:
        settings: of the search.
        finalists: the best trials.
        trials_seed: the seed that the trials trained with.
        record: of the study; it holds the trials' outcomes and which experiments were run.
        on_run: called when an experiment was run or found.

    Raises:
        PipelineError: an experiment failed, or its validation loss is not the trial's.
    """
    runs = {}
    for finalist in finalists:
        for seed in settings.finalist_seeds:
            name = finalist.experiment(seed)
            found = _experiments().get(name)
            if found is None or record.experiments.get(name) != found.commit:
                _run(name, finalist.proposal.values | {"seed": seed}, record.path.parent)
                found = _experiments()[name]
            runs[name] = Run(found)
            runs[name].check()
            if seed == trials_seed:
                _compare(runs[name], finalist.proposal, record)
            record.add_experiment(name, found.commit)
            on_run()
    return runs


def _experiments() -> dict[str, Commit]:
    """Return the experiments that started from HEAD, by name."""
    return experiments_from(commit("HEAD"))


def _run(name: str, values: dict[str, object], logs: Path) -> None:
    """Run an experiment beside the working tree, which stays as it is."""
    log = logs / f"{name}.log"
    params = [f"--set-param={key}={value}" for key, value in values.items()]
    with log.open("wb") as output:
        command = ["exp", "run", "--temp", "--force", "--name", name, *params]
        succeeded = run_dvc(*command, output=output)
    if not succeeded:
        reason = " ".join(
            log.read_text(encoding="utf-8", errors="replace").split("\n")[-3:]
        ).strip()
        raise PipelineError(f"{name}: `dvc exp run` failed: {reason} (all of it is in {log})")


def _compare(run: Run, proposal: Proposal, record: Record) -> None:
    """Raise TrainingError unless the experiment ended with the trial's validation loss."""
    trial = record.outcomes[proposal.number].val_loss
    val_loss = run.trained("val_loss")
    if trial is None or val_loss != round(trial, METRIC_DECIMALS):
        raise TrainingError(
            f"{run.name} ended with val_loss {val_loss}, and trial {proposal.number} "
            f"of the same params with {trial}: they did not run the same code on the same data "
            "and type of CPU; docs/search.md"
        )
