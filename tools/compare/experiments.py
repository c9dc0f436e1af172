"""The recorded experiments as a table: one row a run, then one row for all seeds of the same params.

A run is an experiment that finished, or the commit that the experiments started from. Its validation
figures are those of the weights that it kept: of the best epoch with `patience`, else of the last one.
"""

import io
import math
import subprocess
from collections.abc import Sequence
from fnmatch import fnmatchcase

import dvc.api
import pandas as pd
from dvc.exceptions import DvcException

from stages.common.errors import PipelineError
from stages.common.params import Params

# Runs are ranked by the loss rather than the accuracy: it moves with every image, where the accuracy of
# 6,000 images moves in steps, and `patience` looks at it too.
RANKED_BY = "val_loss"
FIGURES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
PARAMS = tuple(Params.model_fields)
HISTORY = "plots/history.csv"

# Student's t, 97.5% quantile for 1 to 10 degrees of freedom; the last serves for more, and is a little wide there.
_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


def load_runs(patterns: Sequence[str] = (), rev: str | None = None) -> pd.DataFrame:
    """Return the runs that started from a commit, the best first.

    Args:
        patterns: the names wanted, with * and ? as in a shell; all when empty.
        rev: the commit; HEAD when None.

    Returns:
        A row a run: name, rev (a git revision), the params, epochs_run, kept_epoch, loss and accuracy on
        train_ and val_, test_accuracy, test_accuracy_low and test_accuracy_high. Of equal params there is
        one row: equal params give equal results.

    Raises:
        PipelineError: no run is left, or none has a validation split to be ranked by.
    """
    try:
        table = pd.DataFrame(dvc.api.exp_show(revs=rev))
    except DvcException as error:
        raise PipelineError(str(error)) from error
    table["name"] = table["Experiment"].fillna(table["rev"])
    in_workspace, unfinished = (
        table["rev"] == "workspace",
        table["State"].isin(["Queued", "Running", "Failed"]),
    )
    wanted = table["name"].map(
        lambda name: not patterns or any(fnmatchcase(name, each) for each in patterns)
    )
    left_out = table[wanted & unfinished & ~in_workspace]
    runs = table[wanted & ~unfinished & ~in_workspace]
    if "val_loss" not in runs or runs["val_loss"].isna().all():
        named = f" named {' or '.join(patterns)}" if patterns else ""
        raise PipelineError(
            f"no finished experiment{named} with validation figures starts from {rev or 'HEAD'}: see `dvc queue status` and "
            "`dvc exp list -A`, name the commit they started from with --rev, and keep val_fraction above 0"
        )
    runs = runs[runs["val_loss"].notna()].drop_duplicates(list(PARAMS)).infer_objects()
    for key in FIGURES:  # of the epoch whose weights were kept
        runs[key] = runs[key].where(runs["kept_epoch"] != runs["best_epoch"], runs[f"best_{key}"])
    columns = ["name", "rev", *PARAMS, "epochs_run", "kept_epoch", *FIGURES]
    columns += ["test_accuracy", "test_accuracy_low", "test_accuracy_high"]
    # `dvc.api` returns every number as a float.
    runs = runs[columns].apply(lambda column: column.astype(int) if _is_whole(column) else column)
    runs = runs.sort_values([RANKED_BY, "name"], ignore_index=True)
    runs.attrs["left_out"] = left_out["State"].value_counts().to_dict()
    return runs


def _is_whole(column: pd.Series) -> bool:
    return column.dtype == float and column.name in {
        "seed",
        "batch_size",
        "epochs",
        "patience",
        "epochs_run",
        "kept_epoch",
    }


def varying(runs: pd.DataFrame) -> list[str]:
    """Return the params, other than the seed, that are not the same in all runs."""
    return [name for name in PARAMS if name != "seed" and runs[name].nunique() > 1]


def group_seeds(runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row for all seeds of the same params, the best first.

    Returns:
        The params; `seeds`, how many; `names`, the lowest seed's first; `epochs_run`, val_loss and val_accuracy, means;
        `_sd`, their standard deviations over seeds (NaN for one); `score`, what the rows are ranked by: the mean of
        RANKED_BY over the seeds that all have; `behind` and `behind_95`, the mean of RANKED_BY less the best row's over
        the seeds that both have, and the half width of its 95% interval (NaN for fewer than two).

    A seed draws the validation split too, and some splits are easier. That is the same for all params, so that
    differences between params are taken within seeds.
    """
    keys = [name for name in PARAMS if name != "seed"]
    grouped = runs.sort_values("seed").groupby(keys, sort=False)
    groups = grouped[["epochs_run", "val_loss", "val_accuracy"]].mean()
    groups.insert(0, "seeds", grouped.size())
    for figure in ("val_loss", "val_accuracy"):
        groups[f"{figure}_sd"] = grouped[figure].std()
    groups["names"] = grouped["name"].agg(list)
    by_seed = runs.set_index([*keys, "seed"])[RANKED_BY].unstack("seed").loc[groups.index]
    groups["score"] = by_seed[common_seeds(runs)].mean(axis=1)
    groups = groups.sort_values("score", kind="stable")
    pairs = by_seed.loc[groups.index] - by_seed.loc[groups.index[0]]
    groups["behind"] = pairs.mean(axis=1)
    groups["behind_95"] = [_half_width(row.dropna()) for _, row in pairs.iterrows()]
    return groups.reset_index()


def common_seeds(runs: pd.DataFrame) -> list[int]:
    """Return the seeds that every choice of params ran with; when there is none, all seeds."""
    with_seed = runs.groupby("seed").size()
    choices = len(runs[[name for name in PARAMS if name != "seed"]].drop_duplicates())
    return with_seed.index[with_seed == choices].tolist() or with_seed.index.tolist()


def _half_width(differences: pd.Series) -> float:
    """Return the half width of the mean's 95% interval, by Student's t; NaN for fewer than two."""
    count = len(differences)
    if count < 2:
        return math.nan
    return _T_975[min(count - 1, len(_T_975)) - 1] * float(differences.std()) / math.sqrt(count)


def history(rev: str) -> pd.DataFrame:
    """Return the learning curves that git holds of a revision: epoch, {train,val}_{loss,accuracy}."""
    shown = subprocess.run(
        ["git", "show", f"{rev}:{HISTORY}"], capture_output=True, text=True, check=False
    )
    if shown.returncode:
        raise PipelineError(f"{rev}: git holds no {HISTORY} of it: {shown.stderr.strip()}")
    return pd.read_csv(io.StringIO(shown.stdout))


def mean_history(histories: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return FIGURES by epoch over all seeds, means and standard deviations (`_sd`), up to the epoch that all reached."""
    epochs = pd.concat(histories).groupby("epoch")
    means = epochs[list(FIGURES)].mean().join(epochs[list(FIGURES)].std().add_suffix("_sd"))
    return means.head(min(map(len, histories))).reset_index()
