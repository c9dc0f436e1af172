"""Compare the recorded experiments: a table, the best first, a picture of the sweep, and learning curves.

    python -m tools.compare                    all that started from HEAD, and HEAD itself
    python -m tools.compare 'sweep-*'          those of these names
    python -m tools.compare --rev main         those that started from main

Runs are ranked by their validation loss. Of the test split only the chosen run's figure is shown: whoever
looks at it before choosing has chosen by it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from stages.common.figures import save
from stages.common.errors import PipelineError
from stages.common.files import write_bytes
from tools.compare import charts as compare_charts
from tools.compare.experiments import (
    RANKED_BY,
    common_seeds,
    group_seeds,
    history,
    load_runs,
    mean_history,
    varying,
)

OUT = Path("report/compare")
SHOWN = 20  # rows of the table in the terminal
CURVES = 5  # groups whose learning curves are drawn
TEST_FIGURES = ("test_accuracy", "test_accuracy_low", "test_accuracy_high")


def chosen_run(runs: pd.DataFrame, groups: pd.DataFrame) -> pd.Series:
    """Return the run to keep: of the best params, the one with the lowest seed.

    Not the seed with the best figure: each seed validates on images of its own, so that the best may just have
    drawn the easiest.
    """
    return runs.set_index("name", drop=False).loc[groups["names"].iloc[0][0]]


def table(groups: pd.DataFrame, params: Sequence[str]) -> pd.DataFrame:
    """Return the groups as text for people, a column a figure."""
    shown = pd.DataFrame({"rank": [str(rank) for rank in range(1, len(groups) + 1)]})
    for name in params:
        shown[name] = [
            f"{value:g}" if isinstance(value, int | float) else str(value)
            for value in groups[name].tolist()
        ]
    shown["epochs run"] = [
        f"{mean:g}" if mean == int(mean) else f"{mean:.1f}" for mean in groups["epochs_run"]
    ]
    shown["seeds"] = groups["seeds"].astype(str)
    for figure in ("val_loss", "val_accuracy"):
        shown[figure] = _plus_minus(groups[figure], groups[f"{figure}_sd"], decimals=4)
    shown["behind the best"] = _plus_minus(groups["behind"], groups["behind_95"], decimals=4)
    shown.loc[0, "behind the best"] = ""
    shown["experiments"] = [
        names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"
        for names in groups["names"]
    ]
    return shown


def _plus_minus(values: pd.Series, spreads: pd.Series, *, decimals: int) -> list[str]:
    return [
        ""
        if pd.isna(value)
        else f"{value:.{decimals}f}" + ("" if pd.isna(spread) else f" ± {spread:.{decimals}f}")
        for value, spread in zip(values, spreads, strict=True)
    ]


def markdown(shown: pd.DataFrame) -> str:
    """Return a table in Markdown."""
    rows = [shown.columns.tolist(), ["---"] * shown.shape[1], *shown.to_numpy().tolist()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def verdict(chosen: pd.Series, runs: pd.DataFrame, groups: pd.DataFrame) -> str:
    """Return the sentences about the chosen run: how it was chosen, and its test accuracy, which played no part."""
    low, high = chosen["test_accuracy_low"], chosen["test_accuracy_high"]
    lines = [
        f"Chosen by {RANKED_BY}, rank 1: {chosen['name']} (seed {chosen['seed']}).",
        f"Its test accuracy, looked at only now: {chosen['test_accuracy']:.4f} (95% interval {low:.4f} to {high:.4f}).",
    ]
    seeds = runs[runs["name"].isin(groups["names"].iloc[0])]["test_accuracy"]
    if len(seeds) > 1:
        lines.append(
            f"Over the {len(seeds)} seeds of these params: {seeds.mean():.4f} ± {seeds.std():.4f}."
        )
    return "\n".join(lines)


def legend(runs: pd.DataFrame, groups: pd.DataFrame) -> str:
    """Return what the table's columns need saying."""
    seeds = ", ".join(map(str, common_seeds(runs)))
    lines = [
        f"Validation figures are of the weights kept; ranked by the mean {RANKED_BY} over the common seeds ({seeds})."
    ]
    if groups["seeds"].max() > 1:
        lines.append(
            "± is one standard deviation over seeds; for `behind the best`, the 95% interval of the mean paired "
            "difference over common seeds: where it holds 0, the difference may be noise."
        )
    else:
        lines.append(
            "One seed each: small differences may be noise; more seeds (-S seed=0,1,2,3,4) would tell."
        )
    left_out = runs.attrs["left_out"]
    if left_out:
        counts = ", ".join(f"{count} {state.lower()}" for state, count in left_out.items())
        lines.append(
            f"Left out: {counts} (`dvc queue status`, and `dvc queue logs NAME` says why one failed)."
        )
    return "\n".join(lines)


def curve_name(group: pd.Series, params: Sequence[str]) -> str:
    """Return what to call a group in a legend."""
    shown = ", ".join(
        f"{name} {group[name]:g}" if isinstance(group[name], int | float) else group[name]
        for name in params
    )
    return shown or "all runs"


def mean_histories(
    runs: pd.DataFrame, groups: pd.DataFrame, params: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Return the mean learning curves of the best groups, by the name that a legend gives them."""
    revs = runs.set_index("name")["rev"]
    return {
        f"{rank}: {curve_name(group, params)}": mean_history(
            [history(revs[name]) for name in group["names"]]
        )
        for rank, (_, group) in enumerate(groups.head(CURVES).iterrows(), start=1)
    }


def write(runs: pd.DataFrame, groups: pd.DataFrame, params: Sequence[str], out: Path) -> None:
    """Write the pictures, and the figures that they and the table are made of."""
    curves = mean_histories(runs, groups, params)
    save(compare_charts.learning_curves(curves), out / "curves.png")
    (out / "sweep.png").unlink(missing_ok=True)  # of an earlier comparison
    if params:
        save(compare_charts.sweep(groups, params), out / "sweep.png")
    write_bytes(out / "runs.csv", runs.drop(columns=[*TEST_FIGURES]).to_csv(index=False).encode())
    write_bytes(
        out / "curves.csv",
        pd.concat(curves, names=["group"]).droplevel(1).round(6).to_csv().encode(),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the comparison and write it to a folder."""
    parser = argparse.ArgumentParser(
        prog="compare", description="Compare the recorded experiments."
    )
    parser.add_argument(
        "names",
        nargs="*",
        help="names of experiments, with * and ? as in a shell; all when none is given",
    )
    parser.add_argument("--rev", help="the commit that they started from (default: HEAD)")
    parser.add_argument(
        "--out", type=Path, default=OUT, help=f"the folder to write to (default: {OUT})"
    )
    options = parser.parse_args(arguments)
    try:
        runs = load_runs(options.names, options.rev)
        groups, params = group_seeds(runs), varying(runs)
        chosen, shown = chosen_run(runs, groups), table(groups, params)
        write(runs, groups, params, options.out)
    except PipelineError as error:
        sys.exit(f"compare: {error}")
    text = f"{legend(runs, groups)}\n\n{verdict(chosen, runs, groups)}\n"
    write_bytes(options.out / "table.md", f"{markdown(shown)}\n{text}".encode())
    print(shown.head(SHOWN).to_string(index=False))
    if len(shown) > SHOWN:
        print(f"... and {len(shown) - SHOWN} more in {options.out}/table.md")
    print(f"\n{text}\nTo take it: dvc exp apply {chosen['name']}, and commit.")
    print(f"Pictures and tables: {options.out}/")


if __name__ == "__main__":
    main()
