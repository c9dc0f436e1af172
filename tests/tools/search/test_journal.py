"""The record of a study survives kills and half-written lines, and belongs to one search."""

from pathlib import Path

import optuna
import pytest

from stages.common.errors import DataError, PipelineError
from tests.support.search import AnyOrder, Stopped, run_search, settings_of
from tools.search.journal import open_record

KEY = {"search.yaml": "a", "params.yaml": "b", "code": "c"}


def test_half_a_line_is_dropped(here: Path) -> None:
    """A last line that a power cut shortened at any byte costs that trial alone."""
    settings = settings_of(here)
    whole, _ = run_search(here / "whole", settings, AnyOrder(0))
    with pytest.raises(Stopped):
        run_search(here, settings, AnyOrder(0, trials=4))
    journal = (here / "study.journal").read_bytes()
    last = journal.rfind(b"\n", 0, -1) + 1
    for end in (last + 1, (last + len(journal)) // 2, len(journal) - 1):
        (here / "study.journal").write_bytes(journal[:end])
        csv, record = run_search(here, settings, AnyOrder(1, trials=9))
        assert csv == whole
        assert len(record.outcomes) == 12


def test_one_search_at_a_time(here: Path) -> None:
    """A second search in the same folder is refused in a line while the first one runs."""
    path = here / "study.journal"
    with (
        open_record(path, KEY),
        pytest.raises(PipelineError, match="another search is running here"),
        open_record(path, KEY),
    ):
        pass
    with open_record(path, KEY) as record:
        assert record.outcomes == {}


def test_a_changed_key_starts_a_new_study_and_says_so(here: Path) -> None:
    """What changed is named; the earlier study stays, and goes on when the change is undone."""
    for key, news in (
        (KEY, ""),
        (KEY, ""),
        (KEY | {"code": "other"}, "code changed: a new study"),
        (KEY | {"data": "x", "params.yaml": "y"}, "params.yaml and code and data changed: a new"),
        (KEY, ""),
    ):
        with open_record(here / "study.journal", key) as record:
            assert record.news.startswith(news)
            assert bool(record.news) == bool(news)


def test_a_damaged_journal_is_one_line(here: Path) -> None:
    """A journal that Optuna cannot read is refused in a line that says what to do."""
    (here / "study.journal").write_text("nonsense\nmore\n", encoding="utf-8")
    with (
        pytest.raises(DataError, match="not a journal of Optuna's; remove it"),
        open_record(here / "study.journal", KEY),
    ):
        pass


def test_optuna_reads_the_journal(here: Path) -> None:
    """Optuna's own tools load the study with its params, values and losses by epoch."""
    _, record = run_search(here, settings_of(here), AnyOrder(0))
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(here / "study.journal"))
    )
    (name,) = optuna.get_all_study_names(storage)
    study = optuna.load_study(study_name=name, storage=storage)
    assert len(study.trials) == 12
    assert study.best_value == record.best()
    assert set(study.best_params) == {"lr", "batch_size", "epochs"}
    assert list(study.best_trial.intermediate_values) == [1, 2, 3][: study.best_params["epochs"]]
