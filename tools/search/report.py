"""What a search shows: trials.csv, tables for the terminal, and the page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from stages.common.files import write_bytes, write_csv
from tools.page.content import Content, Trial
from tools.page.importance import param_importance
from tools.page.render import render
from tools.page.table import Table
from tools.page.terminal import terminal_lines
from tools.runs.ranking import plus_minus
from tools.search.finalists import Standing
from tools.search.settings import SEARCH_FILE, Choices, Range, Settings
from tools.search.study import STATES, Proposal
from tools.search.trial import Outcome

SHOWN = 10  # trials in the terminal

Outcomes = Mapping[int, Outcome]


def write_trials(path: Path, proposals: Sequence[Proposal], outcomes: Outcomes) -> None:
    """Write all trials in their order: number, state, each varied param, figures, epochs run."""
    varied = list(proposals[0].values)
    rows = []
    for proposal in proposals:
        outcome = outcomes[proposal.number]
        params = [str(proposal.values[name]) for name in varied]
        figures = [outcome.val_loss, outcome.val_accuracy, outcome.epochs_run]
        rows.append([proposal.number, outcome.state, *params, *figures])
    header = ["number", "state", *varied, "val_loss", "val_accuracy", "epochs_run"]
    write_csv(path, header, rows)


def trials_lines(best: Sequence[Proposal], outcomes: Outcomes, whole: Path) -> list[str]:
    """Return the best trials for the terminal; what they have in common is in the last line.

    Args:
        best: the complete trials, the best first.
        outcomes: by number.
        whole: where all trials are.
    """
    shown = best[:SHOWN]
    values = {name: {str(each.values[name]) for each in shown} for name in shown[0].values}
    differing = [name for name, found in values.items() if len(found) > 1]
    header = ["trial", "val_loss", *differing, "val_accuracy", "epochs run"]
    rows = []
    for proposal in shown:
        loss, accuracy, epochs = _figures(outcomes[proposal.number])
        params = [str(proposal.values[name]) for name in differing]
        rows.append([str(proposal.number), loss, *params, accuracy, epochs])
    lines = terminal_lines(Table("", header, rows), most=SHOWN, whole=str(whole))
    common = [f"{name} {shown[0].values[name]}" for name in values if name not in differing]
    return [*lines, f"All of these have {', '.join(common)}."] if common else lines


def finalists_lines(found: Sequence[Standing], whole: Path) -> list[str]:
    """Return how the finalists did, for the terminal; `whole` is where all of it is."""
    return terminal_lines(_finalists(found, []), most=len(found), whole=str(whole))


def write_page(
    path: Path,
    settings: Settings,
    proposals: Sequence[Proposal],
    outcomes: Outcomes,
    found: Sequence[Standing],
    *,
    verdict: str,
    next_command: str,
) -> None:
    """Write the page of a search.

    Args:
        path: where to.
        settings: of the search.
        proposals: all its trials.
        outcomes: by number.
        found: how the finalists did; empty when none was run.
        verdict: what was found, in a sentence.
        next_command: what to type next.
    """
    varying = _varying(settings)
    trials = [_trial(each, outcomes[each.number], varying) for each in proposals]
    logarithmic = _logarithmic(settings)
    shares, note = param_importance(trials, logarithmic, "complete trials")
    content = Content(
        kind="Search",
        one="trial",
        many="trials",
        verdict=verdict,
        next_command=next_command,
        facts=_facts(settings, [outcomes[each.number] for each in proposals]),
        best_title="Finalists",
        best=_finalists(found, varying) if found else None,
        curves={each.finalist.name: each.curve for each in found},
        trials=trials,
        logarithmic=logarithmic,
        importance=shares,
        importance_note=note,
        all=_all(proposals, outcomes, varying),
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


def _facts(settings: Settings, outcomes: Sequence[Outcome]) -> str:
    states = [outcome.state for outcome in outcomes]
    counts = ", ".join(f"{states.count(each)} {each}" for each in STATES if each in states)
    epochs = sum(outcome.epochs_run for outcome in outcomes)
    seconds = sum(outcome.cpu_seconds for outcome in outcomes)
    return (
        f"{len(states)} trials ({counts}), {epochs} epochs, {seconds:.0f} s of CPU time; "
        f"{settings.sampler}, sampler_seed {settings.sampler_seed}. "
        "Trials are ranked by validation alone; none opens the test split."
    )


def _trial(proposal: Proposal, outcome: Outcome, varying: Sequence[str]) -> Trial:
    params = {name: proposal.values[name] for name in varying}
    figures = ""
    if outcome.val_loss is not None:
        figures = f": loss {outcome.val_loss:.4f}, accuracy {outcome.val_accuracy:.4f}"
    named = ", ".join(f"{name} {value}" for name, value in params.items())
    about = f"trial {proposal.number} ({outcome.state}, {outcome.epochs_run} epochs){figures}"
    return Trial(outcome.state, params, outcome.val_loss, f"{about}; {named}")


def _finalists(found: Sequence[Standing], params: Sequence[str]) -> Table:
    """Return the standings, the best first, with the values of some params."""
    header = ["finalist", "val_loss", "behind the best", *params, "val_accuracy"]
    rows = []
    for place, each in enumerate(found):
        values = [str(each.finalist.proposal.values[name]) for name in params]
        behind = plus_minus(each.behind) if place else ""
        loss, accuracy = plus_minus(each.val_loss), plus_minus(each.val_accuracy)
        rows.append([each.finalist.name, loss, behind, *values, accuracy])
    caption = (
        "val_loss and val_accuracy: the mean over the seeds ± one standard deviation. behind the "
        "best: the mean difference within seeds ± half its 95% interval."
    )
    return Table(caption, header, rows, words=[0])


def _all(proposals: Sequence[Proposal], outcomes: Outcomes, varying: Sequence[str]) -> Table:
    header = ["trial", "val_loss", "state", *varying, "val_accuracy", "epochs run"]
    rows = []
    for proposal in proposals:
        outcome = outcomes[proposal.number]
        loss, accuracy, epochs = _figures(outcome)
        values = [str(proposal.values[name]) for name in varying]
        rows.append([f"trial {proposal.number}", loss, outcome.state, *values, accuracy, epochs])
    caption = "One seed each; a pruned trial has the figures of its last epoch."
    return Table(caption, header, rows, words=[2])


def _figures(outcome: Outcome) -> list[str]:
    """Return the loss, the accuracy and the number of epochs as cells."""
    figures = [outcome.val_loss, outcome.val_accuracy]
    cells = ["" if figure is None else f"{figure:.4f}" for figure in figures]
    return [*cells, str(outcome.epochs_run)]
