"""The figures in the documents are those of the records beside them."""

import json
import re

import pandas as pd

from stages.common.scoring import wilson_interval
from tests.support.project import ROOT

STUDY = ROOT / "docs/study"
TEST_IMAGES = 10_000
T_975 = 2.776  # Student's t of four degrees of freedom


def text_of(name: str) -> str:
    """Return a document on one line, without its marks of emphasis."""
    return " ".join((ROOT / name).read_text(encoding="utf-8").replace("**", "").split())


def read(name: str) -> pd.DataFrame:
    """Return a table of the study."""
    return pd.read_csv(STUDY / name)


def spread(values: pd.Series) -> str:
    """Return the mean and the standard deviation, as the documents write them."""
    return f"{values.mean():.4f} ± {values.std():.4f}"


def test_what_the_grid_shows() -> None:
    """Accuracies and losses over epochs, batch sizes and rates are the grid's."""
    runs, text = (
        read("grid/runs.csv").set_index(["lr", "batch_size", "epochs"]),
        text_of("docs/study.md"),
    )
    accuracy, loss = runs["val_accuracy"], runs["val_loss"]
    five, ten, twenty, forty = (f"{accuracy[0.1, 256, epochs]:.3f}" for epochs in (5, 10, 20, 40))
    assert f"goes from {five} (5 epochs) over {ten} and {twenty} to {forty} (40)" in text
    small, middle, large = (f"{accuracy[0.1, batch, 20]:.3f}" for batch in (64, 256, 1024))
    assert f"is {small} with batch 64, {middle} with 256 and {large} with 1024" in text
    ten, twenty, forty = (f"{loss[0.3, 256, epochs]:.3f}" for epochs in (10, 20, 40))
    assert f"the loss is {ten}, {twenty} and {forty} after 10, 20 and 40 epochs" in text
    assert len(loss) == 24
    assert (loss[0.3].to_numpy() > loss[0.1].to_numpy()).all()  # sorted alike


def test_only_the_distance_counts() -> None:
    """Runs of the same lr x epochs / batch size have the losses that the text gives."""
    runs, text = read("search/runs.csv"), text_of("docs/study.md")
    runs = runs[runs["seed"] == 0]
    distance = (runs["lr"] * runs["epochs"] / runs["batch_size"]).round(9)
    losses = [
        f"{group.min():.4f} to {group.max():.4f} {'three' if len(group) == 3 else 'five'} times"
        for _, group in runs["val_loss"].groupby(distance)
        if len(group) > 1
    ]
    assert len(losses) == 4
    for each in losses:
        assert each in text


def test_the_long_runs_do_not_fall() -> None:
    """Each row of the table is the mean of ten epochs and five seeds."""
    curves, text = read("long/curves.csv"), text_of("docs/study.md")
    names = {"training accuracy": "train_accuracy", "validation accuracy": "val_accuracy"}
    for group, rows in curves.groupby("group"):
        for name, column in (names | {"validation loss": "val_loss"}).items():
            cells = [
                f"{rows.loc[rows['epoch'].between(first, first + 9), column].mean():.4f}"
                for first in (11, 41, 91, 141)
            ]
            start = str(group).partition(": ")[2] if name == "training accuracy" else ""
            assert f"| {start} | {name} | {' | '.join(cells)} |".replace("|  |", "| |") in text
    assert len(set(curves["group"])) == 3


UNCHANGED: dict[str, object] = {"weight_decay": 0.0, "lr_schedule": "constant", "patience": 0}
REMEDIES: dict[str, dict[str, object]] = {
    "weight decay 0.0001": {"weight_decay": 0.0001},
    "weight decay 0.001": {"weight_decay": 0.001},
    "early stopping, patience 10": {"patience": 10},
    "cosine decay": {"lr_schedule": "cosine"},
}


def test_what_the_remedies_change() -> None:
    """Each row of the table is the mean over five seeds, with the change within them."""
    runs, text = read("mend/runs.csv"), text_of("docs/study.md")
    runs = runs.set_index([*UNCHANGED, "seed"]).sort_index()
    before = runs.loc[tuple(UNCHANGED.values())]
    for name, remedy in {"nothing done": {}, **REMEDIES}.items():
        rows = runs.loc[tuple((UNCHANGED | remedy).values())]
        change = rows["val_loss"] - before["val_loss"]
        cells = (
            " to ".join(map(str, sorted({rows["epochs_run"].min(), rows["epochs_run"].max()}))),
            *(spread(rows[figure]) for figure in ("val_loss", "val_accuracy")),
            within_seeds(change) if remedy else "",
        )
        assert f"| {name} | {' | '.join(cells)}".rstrip() in text


def test_the_search_is_as_recorded() -> None:
    """Counts, the best trials and the losses along the distance are those of trials.csv."""
    trials, text = read("trials/trials.csv"), text_of("docs/study.md")
    whole = trials[trials["state"] == "complete"].sort_values("val_loss")
    assert f"{len(trials)} trials of 20 epochs" in text
    assert f"Pruning stopped {len(trials) - len(whole)} of them" in text
    cosine = whole[whole["lr_schedule"] == "cosine"]
    assert f"Along the {len(cosine)} whole cosine trials" in text
    constant = whole[whole["lr_schedule"] == "constant"]["val_loss"].min()
    assert f"the best whole trial with a constant rate has {constant:.4f}" in text
    best = whole.head(10)
    momenta = f"momenta from {best['momentum'].min():.2f} to {best['momentum'].max():.2f}"
    distance = whole["lr"] * whole["epochs"] / (whole["batch_size"] * (1 - whole["momentum"]))
    low, high = distance[best.index].min(), distance[best.index].max()
    assert f"between {low:.3f} and {high:.3f}, with batches of 64 and 128 and {momenta}" in text
    assert best["val_loss"].max() - best["val_loss"].min() < 0.0001


def within_seeds(difference: pd.Series) -> str:
    """Return the mean of differences within five seeds, and the half of its 95% interval."""
    half = T_975 * difference.std() / len(difference) ** 0.5
    return f"{difference.mean():.4f} ± {half:.4f}"


def with_interval(right: float) -> str:
    """Return a test accuracy with its interval, as the documents write them."""
    low, high = wilson_interval(round(right * TEST_IMAGES), TEST_IMAGES)
    return f"{right:.4f} ({low:.4f} to {high:.4f})"


def test_what_was_selected_is_as_recorded() -> None:
    """The grid's best and the search's finalists have the figures of their five seeds."""
    runs, text, readme = read("selected/runs.csv"), text_of("docs/study.md"), text_of("README.md")
    runs["set"] = runs["name"].str[:-2]
    best, *finalists = (runs[runs["set"] == name] for name in sorted(set(runs["set"])))
    figures = [spread(best[name]) for name in ("test_accuracy", "val_loss", "val_accuracy")]
    assert f"make it {figures[0]} on test" in text
    assert f"{figures[1]} and {figures[2]} in validation loss and accuracy" in text
    assert with_interval(best["test_accuracy"].iloc[0]) in text.replace("95% interval ", "")
    first = finalists[0].set_index("seed")
    assert f"test accuracy is {with_interval(first['test_accuracy'][0])} with seed 0, and" in text
    assert f"{spread(first['test_accuracy'])} over the five" in text
    for rows in finalists:
        row = rows.iloc[0]
        name = f"lr {row['lr']}, batch {row['batch_size']}, momentum {row['momentum']}"
        loss, accuracy = spread(rows["val_loss"]), spread(rows["val_accuracy"])
        behind = within_seeds(rows.set_index("seed")["val_loss"] - first["val_loss"])
        behind = "" if rows is finalists[0] else behind
        cells = (f"{name}, weight decay {row['weight_decay']}", loss, accuracy, behind)
        assert f"| {' | '.join(cells)}".rstrip() in text
    for rows in (best, finalists[0]):
        assert with_interval(rows["test_accuracy"].iloc[0]) in readme
        assert spread(rows["test_accuracy"]) in readme
    assert spread(read("chapter/runs.csv")["test_accuracy"]) in readme


def test_the_ceiling_is_as_recorded() -> None:
    """The optimum for each penalty, and how near SGD comes to it, are of thirty fits."""
    fits, text = (
        read("ceiling/fits.csv").set_index(["C", "seed"]).sort_index(),
        text_of("docs/study.md"),
    )
    best = fits["val_loss"].groupby("C").mean().idxmin()
    for penalty, group in fits.groupby("C"):
        rows = group.droplevel("C")
        behind = within_seeds(rows["val_loss"] - fits.loc[best]["val_loss"])
        cells = (
            f"{penalty:g} | {rows['iterations'].min()} to {rows['iterations'].max()}",
            f"{rows['train_loss'].mean():.4f}",
            *(spread(rows[figure]) for figure in ("val_loss", "test_accuracy")),
            "" if penalty == best else behind,
        )
        assert f"| {' | '.join(cells)}".rstrip() in text
    runs = read("selected/runs.csv").set_index("seed")
    ours = runs[runs["name"].str.startswith("best-")]["val_loss"]
    assert f"differs from it by {within_seeds(ours - fits.loc[best]['val_loss'])}" in text
    highest = with_interval(fits["test_accuracy"].max())
    assert f"test accuracy of all {len(fits)} fits is {highest}" in text.replace(
        "95% interval ", ""
    )
    assert len(fits) == 30


def cells_of(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading, without its header."""
    _, _, below = text.partition(f"\n## {heading}\n")
    rows = [line for line in below.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def numbers(value: object) -> list[float]:
    """Return every number in a record."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return [number for item in items for number in numbers(item)]
    return [float(value)] if isinstance(value, int | float) else []


def test_the_speed_in_the_readme_is_the_benchmarks() -> None:
    """Each figure of README's table is one of docs/benchmark.json, rounded."""
    rows = cells_of((ROOT / "README.md").read_text(encoding="utf-8"), "Speed")
    measured = numbers(json.loads((ROOT / "docs/benchmark.json").read_text(encoding="utf-8")))
    assert rows
    for row in rows:
        for shown in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.,])", " ".join(row[1:])):
            decimals = len(shown.partition(".")[2])
            assert any(f"{value:.{decimals}f}" == shown for value in measured), (row, shown)
