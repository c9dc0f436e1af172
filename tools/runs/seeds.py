"""Runs as tables: one row a run, then one row for all seeds of the same params and code.

Frames:

runs    name, revision, the params, code (a letter, see `name_code`), data (the digest of data/raw),
        and the figures of metrics/train.json
groups  see `group_seeds`
curves  see `mean_curve`
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from stages.common.history import History
from stages.common.params import Params
from tools.runs.record import Figures, Run

# The loss moves with every image, where the accuracy of 6,000 images moves in steps; `patience`
# looks at it too.
RANKED_BY = "val_loss"
CURVES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
COMPARABLE = ("dataset", "val_fraction", "data")  # what must be equal to compare losses
VARIED = tuple(name for name in Params.model_fields if name not in ("seed", *COMPARABLE))
SETTINGS = (*VARIED, "code")  # what tells groups apart

# Student's t, 97.5% quantile for 1 to 10 degrees of freedom. The last serves for more, where it
# makes the interval a little too wide.
_T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


def table_of(runs: Sequence[Run]) -> pd.DataFrame:
    """Return a row a run, the best first."""
    letters = name_code([run.code for run in runs])
    rows = [
        {"name": run.name, "revision": run.revision}
        | run.params.model_dump()
        | {"code": letter, "data": run.data}
        | run.figures.model_dump()
        for run, letter in zip(runs, letters, strict=True)
    ]
    columns = ["name", "revision", *Params.model_fields, "code", "data", *Figures.model_fields]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values([RANKED_BY, "name"], ignore_index=True)


def name_code(codes: Sequence[Mapping[str, str]]) -> list[str]:
    """Return a name for the code of each run: A for the first run's, then B, C and so on."""
    known: dict[tuple[tuple[str, str], ...], str] = {}
    return [known.setdefault(tuple(sorted(code.items())), _letters(len(known))) for code in codes]


def _letters(number: int) -> str:
    """Return the name of a column in a spreadsheet: 0 is A, 25 is Z, 26 is AA."""
    before, last = divmod(number, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def differing_files(code: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the paths that two runs' code does not have in common, sorted."""
    return sorted(path for path in {*code, *other} if code.get(path) != other.get(path))


@dataclass(frozen=True)
class Comparison:
    """Runs that saw the same images, so that their losses can be compared."""

    runs: pd.DataFrame
    groups: pd.DataFrame
    settings: tuple[str, ...]  # those that are not the same in all runs


def compare(runs: pd.DataFrame) -> list[Comparison]:
    """Return a comparison for each set of runs that saw the same images, the largest set first."""
    sets = [each.reset_index(drop=True) for _, each in runs.groupby(list(COMPARABLE), sort=False)]
    return [
        Comparison(each, group_seeds(each), tuple(n for n in SETTINGS if each[n].nunique() > 1))
        for each in sorted(sets, key=len, reverse=True)
    ]


def common_seeds(runs: pd.DataFrame) -> list[int]:
    """Return the seeds that every choice of settings ran with."""
    with_seed = Counter(runs["seed"])
    choices = len(runs[list(SETTINGS)].drop_duplicates())
    return sorted(seed for seed, count in with_seed.items() if count == choices)


def group_seeds(runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row for all seeds of the same settings, the best first.

    A seed draws the validation split too, and some splits are easier. That is so for all settings:
    differences between settings are taken within seeds.

    Args:
        runs: a comparable set, without two rows of the same settings and seed.

    Returns:
        the settings
        seeds               how many
        rows                where its runs stand in `runs`, the lowest seed's first
        epochs_run, val_loss, val_accuracy                    means
        val_loss_sd, val_accuracy_sd                          standard deviations; NaN for one seed
        score               the mean of RANKED_BY over the common seeds; over all when there is none
        behind, behind_95   RANKED_BY less the best row's, the mean over the seeds that both have
                            and the half width of its 95% interval; NaN for too few seeds
    """
    keys = list(SETTINGS)
    grouped = runs.assign(row=runs.index).sort_values("seed").groupby(keys, sort=False)
    groups = grouped[["epochs_run", "val_loss", "val_accuracy"]].mean()
    groups["seeds"] = grouped.size()
    groups["rows"] = grouped["row"].agg(list)
    for figure in ("val_loss", "val_accuracy"):
        groups[f"{figure}_sd"] = grouped[figure].std()
    by_seed = runs.set_index([*keys, "seed"])[RANKED_BY].unstack("seed").loc[groups.index]
    groups["score"] = by_seed[common_seeds(runs) or by_seed.columns.tolist()].mean(axis=1)
    groups = groups.sort_values("score", kind="stable")
    differences = by_seed.loc[groups.index] - by_seed.loc[groups.index[0]]
    groups["behind"] = differences.mean(axis=1)
    groups["behind_95"] = [_half_width(row.dropna()) for _, row in differences.iterrows()]
    return groups.reset_index()


def _half_width(differences: pd.Series) -> float:
    """Return the half width of the mean's 95% interval by Student's t; NaN for fewer than two."""
    count = len(differences)
    if count < 2:
        return math.nan
    quantile = _T_975[min(count - 1, len(_T_975)) - 1]
    return quantile * float(differences.std()) / math.sqrt(count)


def mean_curve(histories: Sequence[History]) -> pd.DataFrame:
    """Return the mean learning curve over seeds, up to the last epoch that all of them reached.

    Returns:
        A row an epoch: epoch, the CURVES, and their standard deviations over seeds (`_sd`).
    """
    tables = [pd.DataFrame(history, dtype=float) for history in histories]
    epochs = pd.concat(tables).groupby("epoch")[list(CURVES)]
    means = epochs.mean().join(epochs.std().add_suffix("_sd"))
    return means.head(min(map(len, tables))).reset_index()
