"""tools/compare: a real sweep in DVC's queue, recorded runs of all kinds, and tables by hand."""

import csv
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from stages.common.errors import PipelineError
from stages.common.history import COLUMNS, History
from tests.faults.concurrency import metrics_alone, metrics_of_experiment
from tests.support.experiments import CODE, files_of_run, new_recorded_project, record
from tests.support.project import PARAMS, ROOT, Project, clean_environment
from tests.support.usage import measure
from tools.compare import text
from tools.compare.__main__ import main
from tools.compare.experiments import load_experiments
from tools.runs.revision import commit
from tools.runs.seeds import Comparison, compare, group_seeds, mean_curve, name_code


def wait_for_queue(project: Project) -> None:
    """Return when every queued experiment has ended."""
    while any(
        state in project.run("dvc", "queue", "status").stdout for state in ("Queued\n", "Running\n")
    ):
        time.sleep(3)


@pytest.mark.slow
def test_sweep_in_the_queue_is_compared(reproduced: Project, tmp_path: Path) -> None:
    """Queued runs equal those done alone; they are ranked, and those that cannot be are named."""
    alone = Project(tmp_path / "alone", reproduced.environment)
    shutil.copytree(reproduced.folder, alone.folder, symlinks=True)
    project = reproduced  # its dataset came from a server that is gone: no run can download again
    for name, params in {
        "slow": "lr=0.001",
        "chapter": "val_fraction=0",
        "wrong": "batch_size=5000",
    }.items():
        project.run("dvc", "exp", "run", "--queue", "-n", name, "-S", params)
    training = project.path("stages/common/gluon/training.py")
    training.write_text(f"{training.read_text(encoding='utf-8')}\n# edited\n")
    project.run("dvc", "exp", "run", "--queue", "-n", "edited")
    project.run("git", "restore", "stages")
    # The workers keep the standard output that they inherit, and `run` would wait for its end.
    project.run("sh", "-c", "dvc queue start -j 2 >workers.log 2>&1")
    wait_for_queue(project)
    assert metrics_of_experiment(project, "slow") == metrics_alone(alone, "lr=0.001")
    failure = project.run("dvc", "queue", "logs", "wrong").stdout
    assert "params.yaml: batch_size: 5000 is not allowed" in failure
    shown = project.run("python", "-m", "tools.compare").stdout
    out = project.path("report/compare")
    with (out / "runs.csv").open(newline="") as file:
        runs = list(csv.DictReader(file))
    assert sorted(run["name"] for run in runs) == ["edited", "main", "slow"]
    assert not [key for key in runs[0] if "test" in key]
    for run in runs:
        history = project.run("git", "show", f"{run['rev']}:plots/history.csv").stdout.splitlines()
        assert float(run["val_loss"]) == float(history[-1].split(",")[3])
    assert shown.splitlines()[0].split()[:3] == ["rank", "lr", "code"]
    assert "(edited) differs from code A (main) in stages/common/gluon/training.py: " in shown
    assert "Not ranked: chapter: no validation figures (val_fraction 0)." in shown
    assert "1 failed" in shown
    assert shown.count("test accuracy") == 1
    pictures = {"sweep.png", "curves.png"}
    others = {"index.html", "runs.csv", "curves.csv", "table.md"}
    assert {path.name for path in out.iterdir()} == pictures | others
    assert all((out / name).read_bytes().startswith(b"\x89PNG") for name in pictures)


def run_compare(*arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `python -m tools.compare` in the working directory, whose status must be `status`."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.compare", *arguments],
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture
def recorded(here: Path) -> Path:
    """Return a DVC project with one committed run, the working directory."""
    new_recorded_project(here, files_of_run(val_loss=0.5))
    return here


def test_runs_that_cannot_be_ranked_are_listed_with_the_reason(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run without a validation split, or equal to another, stands below the table.

    So does the note that DVC's queue cannot be read.
    """
    zero = files_of_run(val_fraction=0.0)
    record(recorded, {"good": files_of_run(lr=0.2), "chapter-0": zero, "same": files_of_run()})
    main([])
    shown = capsys.readouterr().out
    assert "Not ranked: chapter-0: no validation figures (val_fraction 0)." in shown
    assert "Not ranked: same: the same params, code and data as main." in shown
    assert shown.splitlines()[2].split()[:2] == ["2", "0.1"]  # rank, lr

    broker = recorded / ".dvc/tmp/exps/celery/broker/in"
    (broker / "1_half-written.celery.msg").write_text('{"body": "gAN', encoding="utf-8")
    main([])
    assert "DVC's queue cannot be read now" in capsys.readouterr().out

    with pytest.raises(PipelineError, match=r"^nothing to rank: chapter-0: no validation figures"):
        main(["chapter-*"])


def test_what_is_not_there_is_said_in_one_line(recorded: Path) -> None:
    """A name that no experiment has and a revision that git does not know end with status 1."""
    nothing = run_compare("sweep-*", status=1).stderr
    assert nothing.startswith("compare: no finished experiment named sweep-* starts from main;")
    mistyped = run_compare("--rev", "mian", status=1).stderr
    assert "'mian'" in mistyped
    assert len((nothing + mistyped).splitlines()) == 2


def test_changed_code_tells_runs_apart(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs of the same params and other code are rows of their own, and the file is named."""
    edited = files_of_run(val_loss=0.4, code=CODE | {"stages/train.py": "e" * 32})
    record(recorded, {"bigger-init": edited})
    main([])
    shown = capsys.readouterr().out
    assert [line.split()[1] for line in shown.splitlines()[1:3]] == ["B", "A"]
    assert "Code B (bigger-init) differs from code A (main) in stages/train.py: git diff " in shown
    assert "-- stages/train.py" in shown


def test_runs_on_other_images_have_a_table_of_their_own(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Datasets, validation splits and raw data are never ranked together, and the title says so."""
    record(
        recorded,
        {
            "two": files_of_run(lr=0.2, val_loss=0.6),
            "easy": files_of_run(val_fraction=0.5, val_loss=0.1),
            "birds": files_of_run(dataset="birds|`x`\a", data="b" * 32, val_loss=0.2),
        },
    )
    main([])
    shown = capsys.readouterr().out
    ranks = [line.split()[0] for line in shown.splitlines() if line.strip()[:2] in ("1 ", "2 ")]
    assert ranks == ["1", "2", "1", "1"]
    assert text.PARTED in shown
    assert "dataset birds|`x`\N{REPLACEMENT CHARACTER} (bbbbbbb), val_fraction 0.1" in shown
    assert "dataset shapes (3333333), val_fraction 0.5" in shown
    assert len(list((recorded / "report/compare").glob("curves*.png"))) == 3
    main(["two"])
    assert len(list((recorded / "report/compare").glob("curves*.png"))) == 1


def test_an_experiment_may_be_called_like_a_branch(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are ranked, and the advice names the commit: DVC would apply the branch."""
    record(recorded, {"main": files_of_run(lr=0.2, val_loss=0.4)})
    main([])
    shown = capsys.readouterr().out
    base = commit("HEAD").commit
    rev = load_experiments(["main"]).runs[1].revision.commit
    assert f"main ({base[:7]})" in shown
    assert f"To take it: dvc exp apply {rev[:7]}, and commit." in shown


def test_odd_names_break_nothing(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Experiments, metrics and classes may have any name: the tables keep their shape."""
    classes = ("a,b", "$\\frac$", "날개", "\u2028", "`|<b>")
    files = files_of_run(lr=0.2, val_loss=0.4, classes=classes)
    train = json.loads(files["metrics/train.json"]) | {"lr": 7, "name": "x", "seed": [1]}
    files = files_of_run(lr=0.2, val_loss=0.4, classes=classes, train=train)
    record(recorded, {"a|b`<i>$x": files})
    main([])
    assert "dvc exp apply 'a|b`<i>$x'" in capsys.readouterr().out
    table = (recorded / "report/compare/table.md").read_text(encoding="utf-8").splitlines()[:4]
    assert len({line.count("|") for line in table}) == 1
    assert "<i>" not in "".join(table)


def test_project_in_a_sub_folder_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Revisions are read relative to the project's folder."""
    folder = tmp_path / "models" / "fashion"
    new_recorded_project(folder, files_of_run(), repository=tmp_path)
    record(folder, {"faster": files_of_run(lr=0.2, val_loss=0.4)})
    monkeypatch.chdir(folder)
    main([])
    assert "Chosen by val_loss, rank 1: faster (seed 0)." in capsys.readouterr().out


def test_damaged_results_are_listed_in_one_line_each(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lock cut anywhere, and metrics that are not what they must be, stop no comparison."""
    whole = files_of_run(lr=0.2)
    lock = whole["dvc.lock"]
    cut = {f"cut-{at}": whole | {"dvc.lock": lock[:at]} for at in range(0, len(lock) - 500, 41)}
    train = json.loads(whole["metrics/train.json"])
    damaged: dict[str, object] = {
        "files: [1, 2]": [1, 2],
        "text": train | {"val_loss": "0.4"},
        "null": train | {"train_loss": None},
        "less": {"val_loss": 0.4},
    }
    odd = {
        f"train-{number}": files_of_run(lr=0.2, train=content)
        for number, content in enumerate(damaged.values())
    }
    text = {
        "huge": b'{"val_loss": 1e5000000}',
        "nan": json.dumps(train | {"val_loss": float("nan")}).encode(),
        "deep": b"[" * 100_000,
        "empty": b"",
        "binary": b"\xff\x00",
    }
    odd |= {name: files_of_run(lr=0.2, train=content) for name, content in text.items()}
    odd |= {
        "deep-lock": whole | {"dvc.lock": b"[" * 100_000},
        "list-lock": whole | {"dvc.lock": b"stages: [1, 2]"},
        "params": whole | {"params.yaml": b"lr: [\n"},
        "edited": whole | {"metrics/train.json": whole["metrics/train.json"] + b" "},
        "odd-key": whole | {"params.yaml": b'"\\nx' + b"y" * 500 + b'": 1\n'},
        "stale": whole | {"params.yaml": files_of_run(lr=0.3)["params.yaml"]},
    }
    record(recorded, {"good": files_of_run(lr=0.4)} | cut | odd)
    main([])
    capsys.readouterr()
    experiments = load_experiments()
    assert [run.name for run in experiments.runs] == ["main", "good"]
    assert sum(map(len, experiments.apart.values())) == len(cut) + len(odd)
    assert not [reason for reason in experiments.apart if len(reason) > 120 or "\n" in reason]
    assert experiments.apart["the results are of lr 0.2, and params.yaml says 0.3"] == ["stale"]


def test_a_damaged_test_figure_or_curve_is_said(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What only the chosen run needs is missing with a reason; the ranking stands."""
    best = files_of_run(lr=0.2, val_loss=0.4)
    broken = {"metrics/evaluate.json": b"{}", "plots/history.csv": b"epoch\n"}
    record(recorded, {"best": best | broken})
    main([])
    shown = capsys.readouterr().out
    assert "Its test accuracy is not known: metrics/evaluate.json: test_accuracy:" in shown
    assert "No learning curve of rank 1: best: plots/history.csv: not a whole table" in shown


@pytest.mark.slow
def test_300_runs_of_256_classes(recorded: Path) -> None:
    """A random search of 300 runs with 256 classes takes under 20 s of CPU time and 600 MB."""
    classes = [f"class {number}" for number in range(256)]
    runs = {
        f"random-{n}": files_of_run(val_loss=0.4 + n / 1000, classes=classes, lr=1 / (n + 2.5))
        for n in range(300)
    }
    record(recorded, runs)
    used = measure(
        *(sys.executable, "-m", "tools.compare"),
        folder=recorded,
        environment=clean_environment() | {"PYTHONPATH": str(ROOT)},
    )
    assert used.seconds < 20
    assert used.peak < 600  # MiB
    assert "... and 281 more in report/compare/table.md" in used.stdout


def runs_of(*rows: tuple[float, int, float]) -> pd.DataFrame:
    """Return a table of runs with these lr, seed and validation loss."""
    figures = {"epochs_run": 5, "val_accuracy": 0.8, "code": "A", "data": "3333333"}
    return pd.DataFrame(
        [
            {"name": f"run-{lr}-{seed}"}
            | PARAMS
            | figures
            | {"lr": lr, "seed": seed, "val_loss": val_loss}
            for lr, seed, val_loss in rows
        ]
    ).sort_values("val_loss", ignore_index=True)


def compared(*rows: tuple[float, int, float]) -> Comparison:
    """Return the comparison of the runs with these lr, seed and validation loss."""
    (comparison,) = compare(runs_of(*rows))
    return comparison


def test_seeds_are_grouped_and_compared_in_pairs() -> None:
    """Seeds of the same settings are one row; what a seed does to all settings blurs nothing."""
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
    # The differences are 0.01, 0.02 and 0.01: mean 0.01333 and standard error 0.00333, times
    # 4.303 for two degrees of freedom.
    assert groups["behind"].tolist() == pytest.approx([0, 0.01333333])
    assert groups["behind_95"].tolist() == pytest.approx([0, 0.01434333])


def test_only_common_seeds_are_compared() -> None:
    """Settings that also ran on an easy seed gain nothing by it."""
    comparison = compared((0.1, 0, 0.50), (0.1, 7, 0.30), (0.2, 0, 0.49))
    groups = comparison.groups
    assert groups["val_loss"].tolist() == pytest.approx([0.49, 0.40])
    assert groups["lr"].tolist() == [0.2, 0.1]
    assert groups["behind"].tolist() == pytest.approx([0, 0.01])
    assert pd.isna(groups["behind_95"].iloc[1])
    assert "over seed 0, which all rows have" in text.legend(comparison)[0]


def test_no_common_seed_is_claimed_where_there_is_none() -> None:
    """Rows without a seed in common are ranked by their own seeds, and the legend says so."""
    comparison = compared((0.1, 0, 0.50), (0.1, 1, 0.52), (0.2, 2, 0.49))
    assert comparison.groups["lr"].tolist() == [0.2, 0.1]
    assert "each row's own seeds, since no seed is in all rows" in text.legend(comparison)[0]
    assert text.table(comparison)["behind the best"].tolist() == ["", ""]


def test_chosen_run_is_the_lowest_seed_of_the_best_settings() -> None:
    """The seed with the best figure, which validates on other images, is not chosen for it."""
    comparison = compared((0.1, 0, 0.55), (0.1, 1, 0.50), (0.2, 0, 0.60), (0.2, 1, 0.52))
    assert text.choose(comparison)["name"] == "run-0.1-0"


def test_test_figures_are_those_of_the_chosen_settings(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict gives the chosen run's test accuracy and interval, and the spread over seeds."""
    best = {f"s{n}": files_of_run(lr=0.2, seed=n, val_loss=0.4, right=700 + n) for n in (1, 2, 3)}
    record(recorded, best | {"other": files_of_run(lr=0.3, seed=1, right=999)})
    main(["s?", "other"])
    shown = capsys.readouterr().out
    assert "rank 1: s1 (seed 1)." in shown
    assert "0.7010 (95% interval 0.6719 to 0.7286)" in shown  # statsmodels' Wilson interval
    assert "Over the 3 seeds of these settings: 0.7020 ± 0.0010." in shown
    assert "0.999" not in shown


def test_table_shows_what_varies_and_warns_of_single_seeds() -> None:
    """Only settings that vary are columns; single runs come with a word about noise."""
    comparison = compared((0.1, 0, 0.50), (0.2, 0, 0.51))
    shown = text.table(comparison)
    assert shown.columns[1] == "lr"
    assert "momentum" not in shown
    assert not [name for name in shown if "test" in name]
    assert "noise" in text.legend(comparison)[1]


def test_code_is_named_in_order() -> None:
    """Equal code has the same letter, and there are names for more than 26."""
    codes = [{"a": str(number % 30)} for number in range(60)]
    names = name_code(codes)
    assert names[:3] == ["A", "B", "C"]
    assert names[26:30] == ["AA", "AB", "AC", "AD"]
    assert names[30:] == names[:30]


def test_mean_curve_ends_where_the_shortest_run_does() -> None:
    """The mean over seeds covers the epochs that all seeds ran."""
    first: History = {"epoch": [1.0, 2.0]}
    second: History = {"epoch": [1.0]}
    for name in COLUMNS[1:]:
        first[name], second[name] = [0.4, 0.3], [0.2]
    curve = mean_curve([first, second])
    assert curve["epoch"].tolist() == [1]
    assert curve["val_loss"].tolist() == pytest.approx([0.3])
    assert curve["val_loss_sd"].tolist() == pytest.approx([0.1 * 2**0.5])
