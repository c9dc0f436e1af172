"""The journal of a study survives kills and damage, and belongs to one search."""

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest

from stages.common.errors import PipelineError
from tests.support.search import BASE, AnyOrder, Stopped, run_search, settings_of
from tools.search.fingerprint import study_key
from tools.search.journal import open_journal

KEY = {"search.yaml": "a", "params.yaml": "b", "code": "c"}
Lines = list[bytes]


def blank(lines: Lines) -> Lines:
    """Put a blank line before the last."""
    return [*lines[:-1], b"\n", lines[-1]]


def cut(lines: Lines) -> Lines:
    """Cut the last line, as a power cut does."""
    return [*lines[:-1], lines[-1][: len(lines[-1]) // 2]]


def zeros(lines: Lines) -> Lines:
    """Let the last line be zeros, as some file systems leave it after a power cut."""
    return [*lines[:-1], bytes(len(lines[-1]))]


def unended(lines: Lines) -> Lines:
    """Lose the end of the last line alone."""
    return [*lines[:-1], lines[-1].rstrip()]


def one_trial(lines: Lines) -> Lines:
    """Damage a trial among the others."""
    return [*lines[:-2], lines[-2][:99] + b'"' + lines[-2][99:], lines[-1]]


def the_study(lines: Lines) -> Lines:
    """Damage the line that starts the study, on which all others depend."""
    return [lines[0][1:], *lines[1:]]


def other_program(lines: Lines) -> Lines:
    """Write what no search writes, and lose the study's first lines."""
    return [b'{"op_code":99}\n', *lines[2:]]


def everything(lines: Lines) -> Lines:
    """Let it be another file."""
    return [b"nonsense\n", b"more\n"]


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        (blank, 4),
        (cut, 3),
        (zeros, 3),
        (unended, 4),
        (one_trial, 3),
        (the_study, 0),
        (other_program, 0),
        (everything, 0),
    ],
)
def test_what_is_whole_is_kept(here: Path, damage: Callable[[Lines], Lines], kept: int) -> None:
    """A damaged journal costs what is damaged alone, is kept beside the new one, and is told of."""
    settings, path = settings_of(here), here / "study.journal"
    whole, _ = run_search(here / "whole", settings, AnyOrder(0))
    with pytest.raises(Stopped):
        run_search(here, settings, AnyOrder(0, trials=4))
    damaged = b"".join(damage(path.read_bytes().splitlines(keepends=True)))
    path.write_bytes(damaged)

    aside = here / "study.journal.damaged-1"
    news = f"{path} was damaged: {kept} trials in it are kept; as it was: {aside}"
    with open_journal(path, study_key({}, settings, BASE)) as journal:
        assert journal.news == [news]
        assert len(journal.outcomes) == kept
    assert aside.read_bytes() == damaged

    csv, journal = run_search(here, settings, AnyOrder(1, trials=12 - kept))
    assert csv == whole
    assert journal.news == []
    path.write_bytes(damaged)
    run_search(here, settings, AnyOrder(1))
    assert (here / "study.journal.damaged-2").exists()


def test_one_search_at_a_time(here: Path) -> None:
    """A second search in the same folder is refused in a line while the first one runs."""
    path = here / "study.journal"
    with (
        open_journal(path, KEY),
        pytest.raises(PipelineError, match="another search is running here"),
        open_journal(path, KEY),
    ):
        pass
    with open_journal(path, KEY) as journal:
        assert journal.outcomes == {}


def test_a_changed_key_starts_a_new_study_and_says_so(here: Path) -> None:
    """What changed is named; the earlier study stays, and goes on when the change is undone."""
    for key, news in (
        (KEY, ""),
        (KEY, ""),
        (KEY | {"code": "other"}, "code changed: a new study"),
        (
            KEY | {"data": "x", "params.yaml": "y"},
            "params.yaml and code and data changed: a new study",
        ),
        (KEY, ""),
    ):
        with open_journal(here / "study.journal", key) as journal:
            assert journal.news == ([news] if news else [])


def test_optuna_reads_the_journal(here: Path) -> None:
    """Optuna's own tools load the study with its params, values and losses by epoch."""
    _, journal = run_search(here, settings_of(here), AnyOrder(0))
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(here / "study.journal"))
    )
    (name,) = optuna.get_all_study_names(storage)
    study = optuna.load_study(study_name=name, storage=storage)
    assert len(study.trials) == 12
    assert study.best_value == journal.best()
    assert set(study.best_params) == {"lr", "batch_size", "epochs"}
    assert list(study.best_trial.intermediate_values) == [1, 2, 3][: study.best_params["epochs"]]
