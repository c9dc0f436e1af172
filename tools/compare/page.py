"""The page of a comparison, the same that a search has: a line or a point for each set of params.

All seeds of the same params are together: their mean, and their standard deviation.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stages.common.history import History
from tools.compare import text
from tools.compare.experiments import Experiments
from tools.page.content import Content, Trial
from tools.page.importance import param_importance
from tools.page.table import Table
from tools.runs.ranking import Group, Ranking

BEST = 10  # rows of the table that is not folded
ONE, MANY = "set of params", "sets of params"


def content_of(
    ranking: Ranking, experiments: Experiments, curves: Mapping[str, History]
) -> Content:
    """Return what the page shows of a ranking.

    Args:
        ranking: runs that saw the same images.
        experiments: all runs.
        curves: the mean learning curves of the best groups, by name.
    """
    run, table = text.selected(ranking), text.table(ranking)
    verdict, *facts = text.selection(ranking)
    trials = _trials(ranking, table)
    shares, note = param_importance(trials, None, MANY)
    sets = len(trials)
    if sets > 1:
        named = ", ".join(_named(ranking, ranking.groups[0]))
        facts = [f"{named}.", *facts, f"{len(ranking.runs)} runs of {sets} {MANY}."]
    return Content(
        kind=f"Comparison: {text.title(ranking)}",
        one=ONE,
        many=MANY,
        verdict=verdict,
        next_command=text.next_command(run, experiments),
        facts=" ".join(facts),
        best_title="The best",
        best=_best(ranking, table),
        curves=curves,
        trials=trials,
        logarithmic=None,
        importance=shares,
        importance_note=note,
        all=table if sets > BEST else None,
    )


def _named(ranking: Ranking, group: Group) -> list[str]:
    return [f"{name} {text.value_text(group.settings[name])}" for name in ranking.settings]


def _best(ranking: Ranking, table: Table) -> Table:
    """Return the best groups; what they all have in common is in the caption, in no column."""
    best = ranking.groups[:BEST]
    common = {
        name: value
        for name, value in best[0].settings.items()
        if len(best) > 1
        and name in ranking.settings
        and all(group.settings[name] == value for group in best)
    }
    kept = [at for at, name in enumerate(table.header) if name not in common]
    rows = [[row[at] for at in kept] for row in table.rows[:BEST]]
    caption = table.caption
    if common:
        values = ", ".join(f"{name} {text.value_text(value)}" for name, value in common.items())
        caption += f" All of these have {values}."
    return Table(caption, [table.header[at] for at in kept], rows, words=table.words)


def _trials(ranking: Ranking, table: Table) -> list[Trial]:
    """Return the groups in the order in which the first run of each was recorded."""

    def first_recorded(pair: tuple[Group, dict[str, Any]]) -> int:
        return min(run.commit.time for run in pair[0].runs)

    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    trials = []
    for group, row in sorted(zip(ranking.groups, rows, strict=True), key=first_recorded):
        about = f"{row['experiments']}, rank {row['rank']}: loss {row['val_loss']}, "
        about += "; ".join([f"accuracy {row['val_accuracy']}", *_named(ranking, group)])
        trials.append(trial_of(group, ranking.settings, about))
    return trials


def trial_of(group: Group, settings: Sequence[str], about: str) -> Trial:
    """Return a group as charts take it.

    Args:
        group: all seeds of the same params.
        settings: those that vary.
        about: all of it in a line.
    """
    params = {name: group.settings[name] for name in settings}
    loss, accuracy = group.mean("val_loss"), group.mean("val_accuracy")
    return Trial(
        "complete", params, group.score, about, accuracy.value, loss.spread, accuracy.spread
    )
