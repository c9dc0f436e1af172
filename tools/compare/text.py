"""A comparison in words: the table, what its columns mean, and which run to keep."""

import shlex

import pandas as pd

from stages.common.errors import PipelineError
from tools.compare.experiments import Experiments, listed
from tools.runs.record import Run, read_test_figures
from tools.runs.revision import RevisionError, changed_files, commit
from tools.runs.seeds import RANKED_BY, Comparison, common_seeds, differing_files, name_code

PARTED = "Losses on different images cannot be compared, so there is a table for each split."


def title(comparison: Comparison) -> str:
    """Return what the runs of a comparison have in common."""
    first = comparison.runs.iloc[0]
    return f"dataset {first['dataset']} ({first['data']}), val_fraction {first['val_fraction']:g}"


def shown(value: object) -> str:
    """Return a param's value as people write it."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def group_name(comparison: Comparison, rank: int) -> str:
    """Return a group's rank and params for the legend of a picture, where room is short."""
    group = comparison.groups.iloc[rank - 1]
    values = [
        f"{name} {group[name]:.3g}" if isinstance(group[name], float) else f"{name} {group[name]}"
        for name in comparison.settings
    ]
    return f"{rank}: {', '.join(values) or 'all runs'}"


def table(comparison: Comparison) -> pd.DataFrame:
    """Return the groups as text for people, a column a figure."""
    runs, groups = comparison.runs, comparison.groups
    made = pd.DataFrame({"rank": [str(rank) for rank in range(1, len(groups) + 1)]})
    for name in comparison.settings:
        made[name] = [shown(value) for value in groups[name].tolist()]
    made["epochs run"] = [f"{mean:.1f}".removesuffix(".0") for mean in groups["epochs_run"]]
    made["seeds"] = groups["seeds"].astype(str)
    for figure in ("val_loss", "val_accuracy"):
        made[figure] = _plus_minus(groups[figure], groups[f"{figure}_sd"])
    made["behind the best"] = _plus_minus(groups["behind"], groups["behind_95"])
    made.loc[0, "behind the best"] = ""
    made["experiments"] = [
        runs["name"][rows[0]] + (f" +{len(rows) - 1}" if len(rows) > 1 else "")
        for rows in groups["rows"]
    ]
    return made


def _plus_minus(values: pd.Series, spreads: pd.Series) -> list[str]:
    return [
        ("" if pd.isna(value) else f"{value:.4f}") + ("" if pd.isna(spread) else f" ± {spread:.4f}")
        for value, spread in zip(values, spreads, strict=True)
    ]


def legend(comparison: Comparison) -> list[str]:
    """Return what a reader of the table must know, a sentence or two a line."""
    groups, lines = comparison.groups, []
    seeds = common_seeds(comparison.runs)
    if seeds:
        plural = "s" if len(seeds) > 1 else ""
        over = f"seed{plural} {', '.join(map(str, seeds))}, which all rows have"
    else:
        over = "each row's own seeds, since no seed is in all rows; some seeds draw an easier split"
    lines.append(f"Ranked by the mean {RANKED_BY} of the weights kept, over {over}.")
    if groups["seeds"].max() > 1:
        lines.append(
            '± is one standard deviation over seeds. For "behind the best" it is the 95% interval '
            "of the mean difference within seeds: where it holds 0, the difference may be noise."
        )
    elif len(groups) > 1:
        lines.append(
            "Each row is one seed: small differences may be noise; "
            "more seeds would tell (-S 'seed=0,1,2,3,4')."
        )
    return lines


def choose(comparison: Comparison) -> pd.Series:
    """Return the run to keep: of the best settings, the one with the lowest seed.

    The seed with the best figure may just have drawn the easiest validation split.
    """
    return comparison.runs.loc[comparison.groups["rows"][0][0]]


def verdict(comparison: Comparison) -> list[str]:
    """Return how the run to keep was chosen, and its test accuracy, which played no part.

    The test figures of no other settings are read: who sees them may choose by them.
    """
    chosen, runs = choose(comparison), comparison.runs
    lines = [f"Chosen by {RANKED_BY}, rank 1: {chosen['name']} (seed {chosen['seed']})."]
    try:
        tests = [read_test_figures(runs["revision"][row]) for row in comparison.groups["rows"][0]]
    except PipelineError as problem:
        return [*lines, f"Its test accuracy is not known: {problem}."]
    low, high = tests[0].test_accuracy_interval
    lines.append(
        f"Its test accuracy, looked at only now: {tests[0].test_accuracy:.4f} "
        f"(95% interval {low:.4f} to {high:.4f})."
    )
    if len(tests) > 1:
        accuracies = pd.Series([test.test_accuracy for test in tests])
        lines.append(
            f"Over the {len(tests)} seeds of these settings: "
            f"{accuracies.mean():.4f} ± {accuracies.std():.4f}."
        )
    return lines


def notes(experiments: Experiments) -> list[str]:
    """Return what no table shows: code that differs, and runs that are not in a table."""
    names = name_code([run.code for run in experiments.runs])
    first: dict[str, Run] = {}
    for name, run in zip(names, experiments.runs, strict=True):
        first.setdefault(name, run)
    reference, *others = first.items()
    lines = [_difference(reference, other) for other in others]
    lines += [f"Not ranked: {listed(n)}: {reason}." for reason, n in experiments.apart.items()]
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
    recorded = differing_files(old.code, new.code)
    # dvc.lock has one digest for a folder; git names its files.
    paths = sorted({path.split(":")[0] for path in recorded})
    files = changed_files(old.revision, new.revision, paths) or paths
    return (
        f"Code {after} ({new.name}) differs from code {before} ({old.name}) in {listed(files)}: "
        f"git diff {old.revision.commit[:7]} {new.revision.commit[:7]} -- {shlex.join(paths)}"
    )


def how_to_take(chosen: pd.Series, experiments: Experiments) -> str:
    """Return the line that says how to make the chosen run one's own."""
    command = apply_command(chosen, experiments)
    if not command:
        name = chosen["name"]
        return f"{name} is where the experiments started from: there is nothing to apply."
    return f"To take it: {command}, and commit."


def apply_command(chosen: pd.Series, experiments: Experiments) -> str:
    """Return the command that applies the chosen run; "" when it is there already."""
    name, rev = chosen["name"], chosen["revision"].commit
    if rev == experiments.base.commit:
        return ""
    try:
        commit(name)  # DVC would apply a branch of that name
    except RevisionError:
        return f"dvc exp apply {shlex.quote(name)}"
    return f"dvc exp apply {rev[:7]}"
