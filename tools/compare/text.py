"""A ranking in words: the table, what its columns mean, and which run to keep."""

import shlex
from statistics import fmean, stdev

from stages.common.errors import DataError
from tools.compare.experiments import Experiments, listed
from tools.page.table import Table
from tools.runs.edits import apply_command, keep_edits
from tools.runs.ranking import RANKED_BY, Group, Mean, Ranking, name_code, plus_minus
from tools.runs.record import EVALUATE, Run, interval, numbers
from tools.runs.revision import changed_files

PARTED = "Losses on different images cannot be compared, so there is a table for each split."


def title(ranking: Ranking) -> str:
    """Return what the runs of a ranking have in common."""
    first = ranking.runs[0]
    share = value_text(first.params.get("val_fraction"))
    return f"dataset {first.params.get('dataset')} ({first.data}), val_fraction {share}"


def value_text(value: object) -> str:
    """Return a param's value as people write it."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def group_names(ranking: Ranking, count: int) -> list[str]:
    """Return the ranks of the first groups and the settings in which these differ, for a legend."""
    groups = ranking.groups[:count]
    names = [
        name
        for name in ranking.settings
        if any(group.settings[name] != groups[0].settings[name] for group in groups)
    ]
    texts = []
    for rank, group in enumerate(groups, start=1):
        found = [(name, group.settings[name]) for name in names]
        values = [
            f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in found
        ]
        texts.append(f"{rank}: {', '.join(values) or 'all seeds'}")
    return texts


def table(ranking: Ranking) -> Table:
    """Return the groups as text for people; the columns that matter most come first."""
    rows = [_row(ranking, place, group) for place, group in enumerate(ranking.groups, 1)]
    untold = {"seeds"} if all(len(group.runs) == 1 for group in ranking.groups) else set()
    asked = [value_text(group.settings.get("epochs")) for group in ranking.groups]
    if asked == [row["epochs run"] for row in rows]:
        untold.add("epochs run")
    header = [name for name in rows[0] if name not in untold]
    cells = [[row[name] for name in header] for row in rows]
    return Table(" ".join(legend(ranking)), header, cells, words=(3,))


def _row(ranking: Ranking, place: int, group: Group) -> dict[str, str]:
    """Return the cells by column."""
    more = f" +{len(group.runs) - 1}" if len(group.runs) > 1 else ""
    return {
        "rank": str(place),
        RANKED_BY: plus_minus(group.mean(RANKED_BY)),
        "behind": plus_minus(group.behind) if place > 1 else "",
        "experiments": group.runs[0].name + more,
        **{name: value_text(group.settings[name]) for name in ranking.settings},
        "val_accuracy": plus_minus(group.mean("val_accuracy")),
        "seeds": str(len(group.runs)),
        "epochs run": f"{group.mean('epochs_run').value:.1f}".removesuffix(".0"),
    }


def legend(ranking: Ranking) -> list[str]:
    """Return what a reader of the table must know, a sentence or two a line."""
    if ranking.seeds:
        plural = "s" if len(ranking.seeds) > 1 else ""
        over = f"seed{plural} {', '.join(map(str, ranking.seeds))}, which all rows have"
    else:
        over = "each row's own seeds, since no seed is in all rows; some seeds draw an easier split"
    lines = [f"Ranked by the mean {RANKED_BY} of the weights kept, over {over}."]
    if any(len(group.runs) > 1 for group in ranking.groups):
        lines.append(
            "± is one standard deviation over seeds. `behind` is the mean difference to the best "
            "within the same seeds, ± its 95% interval: where that holds 0 it may be noise."
        )
    elif len(ranking.groups) > 1:
        lines.append(
            "Each row is one seed: small differences may be noise; "
            "run more seeds (-S 'seed=0,1,2,3,4')."
        )
    return lines


def selected(ranking: Ranking) -> Run:
    """Return the run to keep: of the best settings, the one with the lowest seed.

    The seed with the best loss may just have drawn the easiest validation split.
    """
    return ranking.groups[0].runs[0]


def selection(ranking: Ranking) -> list[str]:
    """Return how the run to keep was selected, and its test accuracy, which played no part.

    The test metrics of no other settings are read: who sees them may select by them.
    """
    run, runs = selected(ranking), ranking.groups[0].runs
    lines = [f"Selected by {RANKED_BY}, rank 1: {run.name} (seed {run.seed})."]
    try:
        accuracies = [float(_test_accuracy(each)) for each in runs]
    except DataError as problem:
        return [*lines, f"Its test accuracy is not known: {problem}."]
    bounds = interval(run.evaluation, "test_accuracy")
    ends = f" (95% interval {bounds[0]:.4f} to {bounds[1]:.4f})" if bounds else ""
    lines.append(f"Its test accuracy, not used for selection: {accuracies[0]:.4f}{ends}.")
    if len(runs) > 1:
        mean = plus_minus(Mean(fmean(accuracies), stdev(accuracies)))
        lines.append(f"Over the {len(runs)} seeds of these settings: {mean}.")
    return lines


def _test_accuracy(run: Run) -> float:
    found = numbers(run.evaluation).get("test_accuracy")
    if found is None:
        raise DataError(f"{run.name}: {EVALUATE}: test_accuracy is missing")
    return float(found)


def notes(experiments: Experiments) -> list[str]:
    """Return what no table shows: code that differs, and runs that are not in a table."""
    first: dict[str, Run] = {}
    for name, run in zip(name_code(experiments.runs), experiments.runs, strict=True):
        first.setdefault(name, run)
    reference, *others = first.items()
    lines = [_difference(reference, other) for other in others]
    excluded = experiments.excluded.items()
    lines += [f"Not ranked: {listed(names)}: {reason}." for reason, names in excluded]
    if experiments.unfinished is None:
        lines.append("DVC's queue cannot be read now: more experiments may wait in it.")
    elif experiments.unfinished:
        counts = ", ".join(f"{count} {state}" for state, count in experiments.unfinished.items())
        lines.append(
            f"Not finished: {counts} "
            "(`dvc queue status`; `dvc queue logs NAME` says why one failed)."
        )
    return lines


def _difference(reference: tuple[str, Run], other: tuple[str, Run]) -> str:
    """Return which files of two runs' code differ, and the command that shows how."""
    (before, old), (after, new) = reference, other
    entries = dict(old.code.items() ^ new.code.items())
    # dvc.lock has one digest for a folder; git names its files.
    paths = sorted({path.split(":")[0] for path in entries})
    files = changed_files(old.commit, new.commit, paths) or paths
    digests = f"{old.commit.commit[:7]} {new.commit.commit[:7]}"
    return (
        f"Code {after} ({new.name}) differs from code {before} ({old.name}) in {listed(files)}: "
        f"git diff {digests} -- {shlex.join(paths)}"
    )


def how_to_apply(run: Run, experiments: Experiments) -> str:
    """Return how to make a run one's own, a line or more."""
    if not (command := next_command(run, experiments)):
        return f"{run.name} is where the experiments started from: there is nothing to apply."
    return f"{keep_edits()}Apply it with: {command}, and commit."


def next_command(run: Run, experiments: Experiments) -> str:
    """Return the command that applies a run; "" when it is there already."""
    is_base = run.commit == experiments.base
    return "" if is_base else apply_command(run.commit)
