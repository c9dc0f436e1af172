"""tools/compare/__main__.py: a real sweep on the small dataset by DVC's queue, and tables made to be judged by hand."""

import csv
import time
from pathlib import Path

import pandas as pd
import pytest

from stages.common.params import PARAMS_FILE, load_params
from tests.support.project import Project
from tools.compare import chosen_run, legend, table, verdict
from tools.compare.charts import sweep
from tools.compare.experiments import group_seeds, varying

ROOT = Path(__file__).parents[2]


def wait_for_queue(project: Project) -> None:
    """Return when every queued experiment has ended."""
    while any(
        state in project.run("dvc", "queue", "status").stdout for state in ("Queued\n", "Running\n")
    ):
        time.sleep(2)


def test_sweep_runs_in_the_queue_and_is_compared(project: Project) -> None:
    """A sweep at -j 2 records every run without another download, says why one failed, and is ranked by validation loss."""
    project.run("dvc", "repro")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Run")
    nothing = project.run("python", "-m", "tools.compare", "sweep-*", status=1)
    assert nothing.stderr.startswith("compare: no finished experiment named sweep-*")
    mistyped = project.run("python", "-m", "tools.compare", "--rev", "mian", status=1)
    assert "'mian'" in mistyped.stderr
    assert len((nothing.stderr + mistyped.stderr).splitlines()) == 2

    gone = project.folder.parent / f"{project.folder.name}-source"
    gone.rename(gone.with_name("away"))  # whoever downloads again fails
    project.run("dvc", "exp", "run", "--queue", "-n", "sweep", "-S", "lr=0.001,0.1")
    project.run("dvc", "exp", "run", "--queue", "-n", "wrong", "-S", "batch_size=5000")
    # The workers keep the standard output that they inherit, and `run` would wait for its end.
    project.run("sh", "-c", "dvc queue start -j 2 >workers.log 2>&1")
    wait_for_queue(project)
    assert (
        "params.yaml: batch_size: 5000 is not allowed"
        in project.run("dvc", "queue", "logs", "wrong").stdout
    )

    shown = project.run("python", "-m", "tools.compare", "sweep-*", "wrong").stdout
    out = project.path("report/compare")
    with (out / "runs.csv").open(newline="") as file:
        runs = list(csv.DictReader(file))
    assert sorted(run["name"] for run in runs) == ["sweep-1", "sweep-2"]
    assert not [key for key in runs[0] if "test" in key]
    for run in runs:
        history = project.run("git", "show", f"{run['rev']}:plots/history.csv").stdout.splitlines()
        assert float(run["val_loss"]) == float(history[-1].split(",")[3])
    rows = shown.splitlines()
    assert rows[1].split()[:4] == ["1", "0.1", "5", "1"]  # rank, lr, epochs run, seeds
    assert rows[2].split()[:2] == ["2", "0.001"]
    assert "1 failed" in shown
    assert shown.count("test accuracy") == 1
    assert {path.name for path in out.iterdir()} == {
        "runs.csv",
        "curves.csv",
        "table.md",
        "sweep.png",
        "curves.png",
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in out.glob("*.png"))


def runs_of(*rows: tuple[float, int, float]) -> pd.DataFrame:
    """Return a table of runs with these lr, seed and validation loss; the rest is params.yaml's."""
    params = load_params(ROOT / PARAMS_FILE).model_dump()
    figures = {
        "epochs_run": 5,
        "val_accuracy": 0.8,
        "test_accuracy": 0.8,
        "test_accuracy_low": 0.79,
        "test_accuracy_high": 0.81,
    }
    runs = pd.DataFrame(
        [
            {"name": f"run-{lr}-{seed}", "rev": "HEAD"}
            | params
            | {"lr": lr, "seed": seed, "val_loss": val_loss}
            | figures
            for lr, seed, val_loss in rows
        ]
    ).sort_values("val_loss", ignore_index=True)
    runs.attrs["left_out"] = {}
    return runs


def test_seeds_are_grouped_and_compared_in_pairs() -> None:
    """Seeds of the same params are one row; what all params share of a seed does not blur the difference between them."""
    groups = group_seeds(
        runs_of(
            (0.1, 0, 0.50),
            (0.1, 1, 0.60),
            (0.1, 2, 0.55),
            (0.2, 0, 0.51),
            (0.2, 1, 0.62),
            (0.2, 2, 0.56),
        )
    )
    assert groups["seeds"].tolist() == [3, 3]
    assert groups["val_loss"].tolist() == pytest.approx([0.55, 0.56333333])
    assert groups["val_loss_sd"].tolist() == pytest.approx([0.05, 0.05507571])
    # The differences are 0.01, 0.02 and 0.01: mean 0.01333 and standard error 0.00333, times 4.303 for two degrees of freedom.
    assert groups["behind"].tolist() == pytest.approx([0, 0.01333333])
    assert groups["behind_95"].tolist() == pytest.approx([0, 0.01434333])


def test_only_common_seeds_are_compared() -> None:
    """Params that ran on an easy seed only gain nothing by it: only common seeds tell which is better, and by how much."""
    groups = group_seeds(runs_of((0.1, 0, 0.50), (0.1, 7, 0.30), (0.2, 0, 0.49)))
    assert groups["val_loss"].tolist() == pytest.approx([0.49, 0.40])
    assert groups["lr"].tolist() == [0.2, 0.1]
    assert groups["behind"].tolist() == pytest.approx([0, 0.01])
    assert pd.isna(groups["behind_95"].iloc[1])


def test_chosen_run_is_the_lowest_seed_of_the_best_params() -> None:
    """Not the seed with the best figure, which validates on other images, is chosen; the test figure is of that run alone."""
    runs = runs_of((0.1, 0, 0.55), (0.1, 1, 0.50), (0.2, 0, 0.60), (0.2, 1, 0.52))
    runs.loc[runs["name"] == "run-0.1-0", "test_accuracy"] = 0.805
    groups = group_seeds(runs)
    chosen = chosen_run(runs, groups)
    assert chosen["name"] == "run-0.1-0"
    assert "0.8050 (95% interval 0.7900 to 0.8100)" in verdict(chosen, runs, groups)


def test_table_shows_what_varies_and_warns_of_single_seeds() -> None:
    """Only the params that vary are columns; a comparison of single runs says that a difference may be noise."""
    runs = runs_of((0.1, 0, 0.50), (0.2, 0, 0.51))
    groups = group_seeds(runs)
    shown = table(groups, varying(runs))
    assert shown.columns[1] == "lr"
    assert "momentum" not in shown
    assert not [name for name in shown if "test" in name]
    assert "noise" in legend(runs, groups)


@pytest.mark.parametrize(
    ("values", "panels"),
    [
        ({"lr": [0.1, 0.2, 0.3]}, 2),  # a curve of the loss and one of the accuracy
        ({"lr": [0.1, 0.2], "epochs": [5, 10]}, 2),  # a heat map and its colour bar
        ({"lr": [0.1, 0.2], "epochs": [5, 10], "batch_size": [1, 2, 3]}, 3),  # two maps and the bar
        (
            {
                "lr": [0.1, 0.2],
                "epochs": [5, 10],
                "batch_size": [1, 2],
                "lr_schedule": ["constant", "cosine"],
            },
            1,
        ),
    ],
)
def test_chart_follows_the_shape_of_the_sweep(values: dict[str, list], panels: int) -> None:
    """One param gives curves, a grid of two or three heat maps, and more parallel coordinates."""
    rows = pd.MultiIndex.from_product(values.values(), names=values).to_frame(index=False)
    groups = group_seeds(
        runs_of(*[(0.1, 0, 0.5 + index / 100) for index in range(len(rows))]).assign(**rows)
    )
    assert len(sweep(groups, list(values)).axes) == panels
