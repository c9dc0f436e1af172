"""The whole search: check, run the study, show it, and run its finalists."""

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from stages.common.dataset import PREPARED, load_info, load_split
from stages.common.errors import ParamError, TrainingError
from stages.common.params import Params, load_params
from tools.search.finalists import Finalist, run_finalists
from tools.search.fingerprint import identity
from tools.search.journal import Record, open_record
from tools.search.pool import (
    ClusterPool,
    SchedulerLostError,
    cluster_workers,
    count_workers,
    local_workers,
)
from tools.search.prepared import bring_prepared
from tools.search.processes import cores
from tools.search.report import write_page
from tools.search.run import NoPool, Pool, run_study
from tools.search.settings import Choices, Settings, load_settings
from tools.search.study import Proposal, Study
from tools.search.table import best_table, columns, ranked, write_trials
from tools.search.verdict import Standing, conclude, rows, standings

OUT = Path("report/search")
SHOWN = 10  # trials in the table
PATIENCE = 600  # seconds to wait for a scheduler that was lost

_Result = TypeVar("_Result")


def search(*, scheduler: str, workers: int) -> None:
    """Run the search that search.yaml describes.

    Args:
        scheduler: the address of a Dask scheduler whose workers to use; "" for processes here.
        workers: how many processes to start on this machine; 0 for one a core.
    """
    base = load_params()
    settings = load_settings(base)
    same = identity(bring_prepared(base))
    _check_batch_size(settings, base)
    with open_record(OUT / "study.journal", _key(same, settings, base)) as record:
        _announce(settings, record)

        def run(pool: Pool) -> tuple[Study, list[Proposal]]:
            study = Study(settings, base)
            return study, _run(study, record, pool)

        if len(record.outcomes) == settings.count:
            study, proposals = run(NoPool())
        elif scheduler:
            study, proposals = _on_cluster(scheduler, same, run)
        else:
            with local_workers(workers or cores(), same) as client:
                study, proposals = run(ClusterPool(client, same))
        _conclude(study, proposals, record)


def _on_cluster(address: str, same: Mapping[str, str], run: Callable[[Pool], _Result]) -> _Result:
    """Run on a cluster. When its scheduler is lost, wait for it and go on from the record."""
    deadline = 0.0  # a scheduler that never answered is not waited for
    while True:
        try:
            with cluster_workers(address, same) as client:
                deadline = math.inf
                serving = count_workers(client, same)
                print(f"{serving} workers serve; more: make worker SCHEDULER={address}", flush=True)
                return run(ClusterPool(client, same))
        except SchedulerLostError as problem:  # noqa: PERF203 - a round takes seconds
            if deadline == math.inf:
                tqdm.write(f"{problem}; waiting for it", file=sys.stderr)
                deadline = time.monotonic() + PATIENCE
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def _conclude(study: Study, proposals: Sequence[Proposal], record: Record) -> None:
    """Show the trials, run the finalists, and write the page."""
    settings = study.settings
    write_trials(OUT / "trials.csv", proposals, record.outcomes)
    best = ranked(proposals, record.outcomes)
    if not best:
        raise TrainingError(f"no trial was completed; {OUT}/trials.csv has all of them")
    print(best_table(best[:SHOWN], record.outcomes), flush=True)
    found = _run_finalists(study, best, record)
    if found:
        print(f"\n{columns(rows(found, list(settings.vary)))}")
    sentence, command = conclude(found, best[0], study)
    write_page(
        OUT / "index.html",
        study,
        proposals,
        record,
        found,
        verdict=sentence,
        next_command=command,
    )
    print(f"\n{sentence}\nNext: {command}\nPage and table: {OUT}/")


def _run_finalists(study: Study, best: Sequence[Proposal], record: Record) -> list[Standing]:
    """Run the finalists with a progress bar; return how they did, the best first."""
    settings = study.settings
    finalists = [Finalist(*each) for each in enumerate(best[: settings.finalists], 1)]
    total = len(finalists) * len(settings.finalist_seeds)
    if not total:
        return []
    with tqdm(total=total, unit=" experiments", disable=None) as bar:
        runs = run_finalists(settings, finalists, study.base.seed, record, bar.update)
    return standings(finalists, runs)


def _announce(settings: Settings, record: Record) -> None:
    if record.news:
        print(record.news)
    done = f", {len(record.outcomes)} recorded already" if record.outcomes else ""
    print(f"{settings.count} trials ({settings.sampler}){done}", flush=True)


def _run(study: Study, record: Record, pool: Pool) -> list[Proposal]:
    """Run the study with a progress bar; return its trials."""
    done = len(record.outcomes)
    with tqdm(total=study.settings.count, initial=done, unit=" trials", disable=None) as bar:

        def on_trial() -> None:
            best = record.best()
            bar.set_postfix_str(f"best {best:.4f}" if best else "", refresh=False)
            bar.update(len(record.outcomes) - bar.n)

        return run_study(study, record, pool, on_trial)


def _key(same: dict[str, str], settings: Settings, base: Params) -> dict[str, str]:
    """Return all that the trials depend on. Not the commit: one of the docs changes no trial."""
    others = {name: each for name, each in same.items() if name != "commit"}
    return {"search.yaml": repr(settings), "params.yaml": repr(base)} | others


def _check_batch_size(settings: Settings, base: Params) -> None:
    varied = settings.vary.get("batch_size", Choices((base.batch_size,)))
    largest = max(varied.values) if isinstance(varied, Choices) else varied.high
    images = len(load_split(PREPARED, "train", load_info(PREPARED)))
    if largest > images:
        raise ParamError(
            f"batch_size: {largest} is not allowed; it must be at most the number of training "
            f"images, {images}"
        )
