"""What a search leaves in report/search/: trials.csv and the page."""

from collections.abc import Sequence
from pathlib import Path

from stages.common.files import write_bytes
from tools.page.content import Content, Trial
from tools.page.importance import param_importance
from tools.page.render import render
from tools.page.table import Table
from tools.search.journal import Record
from tools.search.settings import SEARCH_FILE, Choices, Range, Settings
from tools.search.study import Proposal, Study
from tools.search.trial import Outcome
from tools.search.verdict import Standing, rows

STATES = ("complete", "pruned", "failed")


def write_page(
    path: Path,
    study: Study,
    proposals: Sequence[Proposal],
    record: Record,
    found: Sequence[Standing],
    *,
    verdict: str,
    next_command: str,
) -> None:
    """Write the page of a search.

    Args:
        path: where to.
        study: that was run.
        proposals: all its trials.
        record: their outcomes.
        found: how the finalists did; empty when none was run.
        verdict: what came of it, in a sentence.
        next_command: what to type next.
    """
    varying = _varying(study.settings)
    trials = [_trial(each, record.outcomes[each.number], varying) for each in proposals]
    logarithmic = _logarithmic(study.settings)
    shares, note = param_importance(trials, logarithmic, "complete trials")
    content = Content(
        kind="Search",
        one="trial",
        many="trials",
        verdict=verdict,
        next_command=next_command,
        facts=_facts(study.settings, record),
        best_title="Finalists",
        best=_finalists(found, varying),
        curves={each.finalist.name: each.curve for each in found},
        trials=trials,
        logarithmic=logarithmic,
        importance=shares,
        importance_note=note,
        all=_all(proposals, record, varying),
        settings=SEARCH_FILE.read_text(encoding="utf-8"),
    )
    write_bytes(path, render([content], title="Search").encode())


def _varying(settings: Settings) -> list[str]:
    """Return the params that can have more than one value."""
    return [
        name
        for name, varied in settings.vary.items()
        if not isinstance(varied, Choices) or len(varied.values) > 1
    ]


def _logarithmic(settings: Settings) -> list[str]:
    varied = settings.vary.items()
    return [name for name, each in varied if isinstance(each, Range) and each.log]


def _facts(settings: Settings, record: Record) -> str:
    states = [outcome.state for outcome in record.outcomes.values()]
    counts = ", ".join(f"{states.count(each)} {each}" for each in STATES if each in states)
    epochs = sum(outcome.epochs_run for outcome in record.outcomes.values())
    return (
        f"{len(states)} trials ({counts}), {epochs} epochs; {settings.sampler}, sampler_seed "
        f"{settings.sampler_seed}. Validation figures alone decide; no trial sees the test split."
    )


def _trial(proposal: Proposal, outcome: Outcome, varying: Sequence[str]) -> Trial:
    params = {name: proposal.values[name] for name in varying}
    figures = ""
    if outcome.val_loss is not None:
        figures = f": loss {outcome.val_loss:.4f}, accuracy {outcome.val_accuracy:.4f}"
    named = ", ".join(f"{name} {value}" for name, value in params.items())
    about = f"trial {proposal.number} ({outcome.state}, {outcome.epochs_run} epochs){figures}"
    return Trial(outcome.state, params, outcome.val_loss, f"{about}; {named}")


def _finalists(found: Sequence[Standing], varying: Sequence[str]) -> Table | None:
    if not found:
        return None
    header, *cells = rows(found, varying)
    caption = (
        "val_loss and val_accuracy: the mean over the seeds ± one standard deviation. behind the "
        "best: the mean difference within seeds ± half its 95% interval."
    )
    return Table(caption, header, cells)


def _all(proposals: Sequence[Proposal], record: Record, varying: Sequence[str]) -> Table:
    header = ["trial", "state", *varying, "val_loss", "val_accuracy", "epochs"]
    table = []
    for proposal in proposals:
        outcome = record.outcomes[proposal.number]
        figures = [outcome.val_loss, outcome.val_accuracy]
        cells = ["" if figure is None else f"{figure:.4f}" for figure in figures]
        values = [str(proposal.values[name]) for name in varying]
        cells += [str(outcome.epochs_run)]
        table.append([f"trial {proposal.number}", outcome.state, *values, *cells])
    return Table("One seed each; a pruned trial has the figures of its last epoch.", header, table)
