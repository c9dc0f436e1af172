"""What a search leaves in report/search/: trials.csv and the page."""

from collections.abc import Sequence
from pathlib import Path

from stages.common.files import write_bytes
from tools.search.importance import ENOUGH, NOTE, param_importance
from tools.search.page.content import Content, Table, Trial
from tools.search.page.render import render
from tools.search.record import Record
from tools.search.settings import SEARCH_FILE, Choices, Range, Settings
from tools.search.study import Proposal, Study
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
    complete = [
        (each.proposed, outcome.val_loss)
        for each in proposals
        for outcome in [record.outcomes[each.number]]
        if outcome.is_complete and outcome.val_loss is not None
    ]
    distributions = {name: study.distributions[name] for name in varying}
    shares = param_importance(
        [({name: params[name] for name in varying}, loss) for params, loss in complete],
        distributions,
    )
    content = Content(
        kind="Search",
        verdict=verdict,
        next_command=next_command,
        facts=_facts(study.settings, record),
        groups=Table(
            "Means over the seeds ± one standard deviation; behind: 95%", rows(found, varying)
        )
        if found
        else None,
        curves={each.finalist.name: each.curve for each in found},
        trials=[_trial(each, record, varying) for each in proposals],
        logarithmic=_logarithmic(study.settings),
        importance=shares,
        importance_note=NOTE if shares else f"It takes {ENOUGH} complete trials to tell.",
        settings=SEARCH_FILE.read_text(),
    )
    write_bytes(path, render(content).encode())


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
        f"{len(states)} trials ({counts}), {epochs} epochs; {settings.sampler}, seed "
        f"{settings.seed}. Validation figures alone decide; no trial sees the test split."
    )


def _trial(proposal: Proposal, record: Record, varying: Sequence[str]) -> Trial:
    outcome = record.outcomes[proposal.number]
    return Trial(
        number=proposal.number,
        name=f"trial {proposal.number}",
        state=outcome.state,
        params={name: proposal.values[name] for name in varying},
        val_loss=outcome.val_loss,
        val_accuracy=outcome.val_accuracy,
        epochs=outcome.epochs_run,
    )
