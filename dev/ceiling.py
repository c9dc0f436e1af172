"""How good a linear model of these pixels can be: scikit-learn's lbfgs, run to convergence.

    python -m dev.ceiling                                    writes docs/study/ceiling/fits.csv
    python -m dev.ceiling --penalty 0.1 --seed 0 --out DIR   some of the fits, elsewhere

The images are those of data/raw, split as preprocess does: 54,000 to train on, for five seeds. C is
scikit-learn's inverse of the penalty: it minimises the mean cross-entropy + |w|^2 / (2 C N). A fit
takes about a minute on one core. Those that the CSV holds already are kept, so that a run that was
stopped goes on.
"""

import argparse
import csv
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from stages.common.catalogue import load_entry
from stages.common.dataset import PIXEL_SCALE, Split
from stages.common.files import write_csv
from stages.common.scoring import cross_entropy, log_softmax, wilson_interval
from stages.preprocess import read_raw, stratified_split
from tools.command import run_tool

OUT = Path("docs/study/ceiling")
DATASET, VAL_FRACTION = "fashion-mnist", 0.1
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SEEDS = (0, 1, 2, 3, 4)
MOST = 10_000  # iterations, far more than it takes
COLUMNS = (
    *("C", "seed", "iterations", "train_loss", "val_loss", "val_accuracy"),
    *("test_loss", "test_accuracy", "test_low", "test_high"),  # the last two: 95%, Wilson
)


def fit(train: Split, penalty: float) -> LogisticRegression:
    """Return the linear model of least penalised loss on `train`, to scikit-learn's tolerance."""
    model = LogisticRegression(C=penalty, max_iter=MOST)
    model.fit(_pixels(train), train.labels)
    if model.n_iter_[0] >= MOST:
        raise SystemExit(f"ceiling: C={penalty}: no convergence in {MOST} iterations")
    return model


def score(model: LogisticRegression, split: Split) -> tuple[float, int]:
    """Return the loss on a split, and how many of its images are right."""
    logits = model.decision_function(_pixels(split))
    right = int((logits.argmax(axis=1) == split.labels).sum())
    return float(cross_entropy(log_softmax(logits), split.labels).mean()), right


def _pixels(split: Split) -> np.ndarray:
    """Return the images [N, D] float32 in [0, 1]: in float64 a fit takes half as long again."""
    return split.images.reshape(len(split), -1) * np.float32(PIXEL_SCALE)


def row_of(penalty: float, seed: int, train: Split, test: Split, classes: int) -> tuple[Any, ...]:
    """Return a row of the CSV: one fit."""
    rows, val_rows = stratified_split(train.labels, VAL_FRACTION, seed=seed, classes=classes)
    fitted, held_out = (
        Split(train.images[which], train.labels[which]) for which in (np.sort(rows), val_rows)
    )
    model = fit(fitted, penalty)
    val_loss, val_right = score(model, held_out)
    test_loss, test_right = score(model, test)
    return (
        *(penalty, seed, int(model.n_iter_[0]), score(model, fitted)[0]),
        *(val_loss, val_right / len(held_out), test_loss, test_right / len(test)),
        *wilson_interval(test_right, len(test)),
    )


def known_rows(path: Path) -> dict[tuple[float, int], tuple[Any, ...]]:
    """Return the fits that the CSV at `path` holds, by C and seed."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(float(row["C"]), int(row["seed"])): tuple(row.values()) for row in rows}


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit what the CSV lacks, and write it anew after each fit."""
    parser = argparse.ArgumentParser(prog="python -m dev.ceiling")
    parser.add_argument("--penalty", type=float, nargs="+", default=PENALTIES, metavar="C")
    parser.add_argument("--seed", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    classes = len(load_entry(DATASET).classes)
    train, test = read_raw("train", classes), read_raw("t10k", classes)
    path = options.out / "fits.csv"
    rows = known_rows(path)
    for seed, penalty in product(options.seed, options.penalty):
        if (penalty, seed) not in rows:
            rows[penalty, seed] = row_of(penalty, seed, train, test, classes)
            write_csv(path, COLUMNS, [rows[key] for key in sorted(rows)])
            print(*rows[penalty, seed], flush=True)


if __name__ == "__main__":
    run_tool("ceiling", main)
