"""The page of a comparison, the same that a search has: a line or a point for each set of params.

All seeds of the same params are together: their mean, and their standard deviation.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from tools.compare import text
from tools.compare.experiments import Experiments
from tools.page.content import Content, Trial
from tools.page.importance import param_importance
from tools.page.table import Table
from tools.runs.revision import commit_times
from tools.runs.seeds import Comparison

BEST = 10  # rows of the table that is not folded
ONE, MANY = "set of params", "sets of params"


def content_of(
    comparison: Comparison, experiments: Experiments, curves: Mapping[int, pd.DataFrame]
) -> Content:
    """Return what the page shows of a comparison.

    Args:
        comparison: runs that saw the same images.
        experiments: all runs.
        curves: the mean learning curves of the best groups, by rank.
    """
    table = text.table(comparison)
    chosen, *facts = text.verdict(comparison)
    trials = _trials(comparison, table)
    shares, note = param_importance(trials, None, MANY)
    sets = len(trials)
    if sets > 1:
        named = ", ".join(f"{name} {table[name][0]}" for name in comparison.settings)
        facts = [f"{named}.", *facts, f"{len(comparison.runs)} runs of {sets} {MANY}."]
    return Content(
        kind=f"Comparison: {text.title(comparison)}",
        one=ONE,
        many=MANY,
        verdict=chosen,
        next_command=text.apply_command(text.choose(comparison), experiments),
        facts=" ".join(facts),
        best_title="The best",
        best=_best(comparison, table),
        curves={text.group_name(comparison, rank): curve for rank, curve in curves.items()},
        trials=trials,
        logarithmic=None,
        importance=shares,
        importance_note=note,
        all=_table(table, text.legend(comparison)) if sets > BEST else None,
    )


def _best(comparison: Comparison, table: pd.DataFrame) -> Table:
    """Return the best groups; what they all have in common is in the caption, in no column."""
    best = table.head(BEST)
    same = [name for name in comparison.settings if len(best) > 1 and best[name].nunique() == 1]
    legend = text.legend(comparison)
    if same:
        legend.append(f"All of these have {', '.join(f'{name} {best[name][0]}' for name in same)}.")
    if "epochs" in best and best["epochs"].equals(best["epochs run"]):
        same.append("epochs run")
    return _table(best.drop(columns=same), legend)


def _table(table: pd.DataFrame, legend: Sequence[str]) -> Table:
    return Table(" ".join(legend), list(table.columns), table.to_numpy().tolist())


def _trials(comparison: Comparison, table: pd.DataFrame) -> list[Trial]:
    """Return the groups in the order in which the first run of each was recorded."""
    times = commit_times(comparison.runs["revision"].tolist())
    groups = comparison.groups.assign(
        time=[min(times[row] for row in rows) for rows in comparison.groups["rows"]]
    )
    trials = []
    for at, group in groups.sort_values("time", kind="stable").iterrows():
        text = table.loc[at]
        named = "".join(f"; {name} {text[name]}" for name in comparison.settings)
        about = (
            f"{text['experiments']}, rank {text['rank']}: loss {text['val_loss']}, "
            f"accuracy {text['val_accuracy']}{named}"
        )
        trials.append(trial_of(group, comparison.settings, about))
    return trials


def trial_of(group: pd.Series, settings: Sequence[str], about: str) -> Trial:
    """Return a group of tools.runs.seeds as charts take it.

    Args:
        group: its row.
        settings: those that vary.
        about: all of it in a line.
    """
    spreads = {
        name: None if pd.isna(group[name]) else float(group[name])
        for name in ("val_loss_sd", "val_accuracy_sd")
    }
    params = {name: group[name] for name in settings}
    return Trial("complete", params, group["score"], about, group["val_accuracy"], **spreads)
