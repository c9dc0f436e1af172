"""The whole search: check, run the study, show its trials, and run its finalists."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from tqdm import tqdm

from stages.common.dataset import PREPARED, load_info, load_split
from stages.common.errors import ParamError, PipelineError, TrainingError
from stages.common.params import Params, load_params
from tools.runs.edits import keep_edits
from tools.search import report
from tools.search.dvc import bring_prepared
from tools.search.finalists import (
    Finalist,
    Standing,
    check_tracked,
    conclude,
    ranked,
    run_finalists,
    standings,
)
from tools.search.fingerprint import fingerprint, study_key
from tools.search.journal import Journal, open_journal
from tools.search.loop import Pool, run_to_the_end
from tools.search.pool import cluster_pool, local_pool
from tools.search.settings import Choices, Settings, load_settings
from tools.search.study import Proposal, Study

OUT = Path("report/search")


def search(*, scheduler: str, workers: int) -> None:
    """Run the search that search.yaml describes.

    Args:
        scheduler: the address of a Dask scheduler whose workers to use; "" for processes here.
        workers: how many processes to start on this machine.
    """
    base = load_params()
    settings = load_settings(base)
    if settings.finalists:
        check_tracked(base.dataset)
    same = fingerprint() | {str(PREPARED): bring_prepared()}
    _check_batch_size(settings, base)

    def open_pool() -> AbstractContextManager[Pool]:
        if scheduler:
            return cluster_pool(scheduler, same)
        return local_pool(workers, same)

    with open_journal(OUT / "study.journal", study_key(same, settings, base)) as journal:
        done = journal.done(settings.count)
        recorded = f", {done} recorded already" if done else ""
        trials = f"{settings.count} trials ({settings.sampler}){recorded}"
        print(*journal.news, trials, sep="\n", flush=True)
        study, proposals = run_to_the_end(settings, base, journal, open_pool)
        _conclude(study, proposals, journal)


def _conclude(study: Study, proposals: Sequence[Proposal], journal: Journal) -> None:
    """Show the trials, run the finalists, and write the page before and after them."""
    table, page = OUT / "trials.csv", OUT / "index.html"
    report.write_trials(table, proposals, journal.outcomes)
    best = ranked(proposals, journal.outcomes)
    if not best:
        raise TrainingError(f"no trial was completed; {table} has all of them")
    print(*report.trials_lines(best, journal.outcomes, table), sep="\n", flush=True)

    def write_page(found: Sequence[Standing]) -> tuple[str, str]:
        verdict, command = conclude(found, best[0], study)
        report.write_page(
            page,
            study.settings,
            proposals,
            journal.outcomes,
            found,
            verdict=verdict,
            next_command=command,
        )
        return verdict, command

    verdict, command = write_page([])
    failed = None
    try:
        if found := _run_finalists(study, best, journal):
            print("", *report.finalists_lines(found, page), sep="\n")
            verdict, command = write_page(found)
            verdict = f"{verdict}\n{keep_edits()}".rstrip()
    except PipelineError as problem:  # the trials are worth their lines all the same
        failed = problem
    following = f"Next: {command}\n" if command else ""
    print(f"\n{verdict}\n{following}Page and table: {OUT}/", flush=True)
    if failed:
        raise failed


def _run_finalists(study: Study, best: Sequence[Proposal], journal: Journal) -> list[Standing]:
    """Run the finalists with a progress bar; return how they did, the best first."""
    finalists = [Finalist(journal.study, each) for each in best[: study.settings.finalists]]
    total = len(finalists) * len(study.settings.finalist_seeds)
    if not total:
        return []
    with tqdm(total=total, unit=" experiments", disable=None) as bar:
        runs = run_finalists(finalists, study, journal, bar.update)
    return standings(finalists, runs)


def _check_batch_size(settings: Settings, base: Params) -> None:
    varied = settings.vary.get("batch_size", Choices((base.batch_size,)))
    largest = max(varied.values) if isinstance(varied, Choices) else varied.high
    images = len(load_split(PREPARED, "train", load_info(PREPARED)))
    if largest > images:
        raise ParamError(
            f"batch_size: {largest} is not allowed; it must be at most the number of training "
            f"images, {images}"
        )
