"""The finished trials of a study, in Optuna's journal storage: a killed search resumes from it.

A trial is added when it ends, as one line of the journal that is flushed to disk. So a search that
is killed, at any moment, loses no more than the trials that were running. The journal may hold
several studies; Optuna's own tools read them, for example `optuna.load_study`.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import BinaryIO

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from stages.common.errors import PipelineError
from stages.common.files import write_bytes
from tools.search.fingerprint import digest
from tools.search.study import STATES, Proposal, Study
from tools.search.trial import Outcome

_TRIAL = b'{"op_code":4,'  # how a line of Optuna's begins that adds a trial


class _NoLock(JournalFileOpenLock):
    """No lock: this process holds the journal, and a lock file of Optuna's would outlive a kill."""

    def acquire(self) -> bool:
        """Do nothing."""
        return True

    def release(self) -> None:
        """Do nothing."""


@contextmanager
def open_journal(path: Path, key: Mapping[str, object]) -> Iterator["Journal"]:
    """Open the study of this key in the journal at `path`, or start it; hold it for the block.

    What is damaged is left out; the file as it was is kept beside it under another name.

    Args:
        path: the journal; it is made when it is missing.
        key: all that decides a trial, by name.

    Raises:
        PipelineError: another search has the journal.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PipelineError(f"{path}: another search is running here; wait for it") from None
        file.seek(0)
        content = file.read()
        news = _replace(file, path, content, whole) if (whole := _whole(content)) != content else ""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            storage = _storage(path)
        except Exception:  # of what no search writes, Optuna raises whatever it meets
            news = _replace(file, path, content, b"")
            storage = _storage(path)
        yield Journal(path, storage, key, news)


def _storage(path: Path) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(path), _NoLock(str(path))))


def _whole(content: bytes) -> bytes:
    """Return the lines of a journal that can be read, up to one that others may depend on."""
    kept = []
    for line in content.split(b"\n"):
        if _is_entry(line):
            kept.append(line + b"\n")
        elif line.strip() and not line.startswith(_TRIAL):
            break  # trials name their study by its place in the file
    return b"".join(kept)


def _is_entry(line: bytes) -> bool:
    try:
        return "op_code" in json.loads(line)
    except (ValueError, TypeError):
        return False


def _replace(file: BinaryIO, path: Path, damaged: bytes, whole: bytes) -> str:
    """Make the journal hold what is whole, keep the damaged one, and return a line on both."""
    free = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    aside = next(each for each in free if not each.exists())
    write_bytes(aside, damaged)
    file.truncate(0)
    file.write(whole)
    file.flush()
    kept = sum(line.startswith(_TRIAL) for line in whole.splitlines())
    return f"{path} was damaged: {kept} trials in it are kept; as it was: {aside}"


class Journal:
    """The finished trials of one study, by number."""

    def __init__(
        self, path: Path, storage: JournalStorage, key: Mapping[str, object], news: str
    ) -> None:
        name = digest(key)
        # What to tell of the journal, a line each.
        self.news = [*filter(None, [news, _compare(optuna.get_all_study_summaries(storage), key)])]
        self._study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True)
        if "key" not in self._study.user_attrs:
            self._study.set_user_attr("key", dict(key))
        self.path = path
        self.study = name[:4]  # what its experiments' names hold
        # The commit of each finalist's experiment that was run, by name.
        self.experiments: dict[str, str] = self._study.user_attrs.get("experiments", {})
        self.outcomes = dict(map(_read, self._study.get_trials(deepcopy=False)))

    def done(self, count: int) -> int:
        """Return how many of the first `count` trials are recorded; there may be later ones."""
        return sum(number < count for number in self.outcomes)

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


def _compare(studies: list[optuna.study.StudySummary], key: Mapping[str, object]) -> str:
    """Return what there is to say of the studies that the journal holds already."""
    keys = [summary.user_attrs.get("key", {}) for summary in studies]
    if not keys or any(digest(each) == digest(key) for each in keys):
        return ""
    changed = [name for name, value in key.items() if digest(keys[-1].get(name)) != digest(value)]
    return f"{' and '.join(changed)} changed: a new study"
