"""The finished trials of a study, in Optuna's journal storage: what a killed search goes on from.

A trial is added when it ends, as one line of the journal that is flushed to disk. So a search that
is killed, at any moment, loses no more than the trials that were running. The journal may hold
several studies; Optuna's own tools read them, for example `optuna.load_study`.
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from stages.common.errors import DataError, PipelineError
from tools.search.fingerprint import digest
from tools.search.study import STATES, Proposal, Study
from tools.search.trial import Outcome


class _NoLock(JournalFileOpenLock):
    """No lock: this process holds the journal, and a lock file of Optuna's would outlive a kill."""

    def acquire(self) -> bool:
        """Do nothing."""
        return True

    def release(self) -> None:
        """Do nothing."""


@contextmanager
def open_record(path: Path, key: Mapping[str, str]) -> Iterator["Record"]:
    """Open the study of this key in the journal at `path`, or start it; hold it for the block.

    Args:
        path: the journal; it is made when it is missing.
        key: all that the outcome depends on, by name: a digest each.

    Raises:
        PipelineError: another search has the journal, or it cannot be read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PipelineError(f"{path}: another search is running here; wait for it") from None
        # What a power cut left of a last line would become part of the next one.
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        yield Record(path, key)


class Record:
    """The finished trials of one study, by number."""

    def __init__(self, path: Path, key: Mapping[str, str]) -> None:
        """Read the journal at `path`, which this process holds; see `open_record`."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            storage = JournalStorage(JournalFileBackend(str(path), _NoLock(str(path))))
            self.news = _compare(optuna.get_all_study_summaries(storage), key)
        except (ValueError, KeyError, TypeError) as problem:
            raise DataError(f"{path}: not a journal of Optuna's; remove it") from problem
        self._study = optuna.create_study(
            storage=storage, study_name=digest(key), load_if_exists=True
        )
        if "key" not in self._study.user_attrs:
            self._study.set_user_attr("key", dict(key))
        self.path = path
        # The commit of each finalist's experiment that was run, by name.
        self.experiments: dict[str, str] = self._study.user_attrs.get("experiments", {})
        self.outcomes = dict(map(_read, self._study.get_trials(deepcopy=False)))

    def best(self) -> float | None:
        """Return the lowest validation loss of the complete trials."""
        complete = [each for each in self.outcomes.values() if each.is_complete]
        return min((each.val_loss for each in complete if each.val_loss is not None), default=None)

    def add(self, study: Study, proposal: Proposal, outcome: Outcome) -> None:
        """Add a trial that ended."""
        self.outcomes[proposal.number] = outcome
        attributes = asdict(outcome) | {"number": proposal.number, "params": proposal.values}
        losses = dict(enumerate(attributes.pop("val_losses"), 1))
        trial = optuna.create_trial(
            state=STATES[outcome.state],
            value=outcome.val_loss,
            params=proposal.proposed,
            distributions=study.distributions,
            intermediate_values=losses,
            user_attrs=attributes,
        )
        self._study.add_trial(trial)

    def add_experiment(self, name: str, commit: str) -> None:
        """Add an experiment that a finalist was run as."""
        if self.experiments.get(name) != commit:
            self.experiments[name] = commit
            self._study.set_user_attr("experiments", self.experiments)


def _read(trial: optuna.trial.FrozenTrial) -> tuple[int, Outcome]:
    """Return the number and the outcome of a trial in the journal."""
    attributes = {
        key: value for key, value in trial.user_attrs.items() if key not in ("number", "params")
    }
    losses = [loss for _, loss in sorted(trial.intermediate_values.items())]
    return trial.user_attrs["number"], Outcome(val_losses=losses, **attributes)


def _compare(studies: list[optuna.study.StudySummary], key: Mapping[str, str]) -> str:
    """Return what there is to say of the studies that the journal holds already."""
    keys = [summary.user_attrs.get("key", {}) for summary in studies]
    if not keys or key in keys:
        return ""
    changed = [name for name, digest in key.items() if keys[-1].get(name) != digest]
    return f"{' and '.join(changed)} changed: a new study"
