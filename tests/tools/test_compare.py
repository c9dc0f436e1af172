"""tools/compare: a real sweep in DVC's queue, recorded runs of all kinds, and tables by hand."""

import csv
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stages.common.errors import PipelineError
from tests.faults.concurrency import metrics_alone, metrics_of_experiment
from tests.support.experiments import CODE, files_of_run, new_recorded_project, record
from tests.support.project import ROOT, Project, clean_environment
from tests.support.usage import measure
from tools.compare import text
from tools.compare.__main__ import main
from tools.compare.experiments import load_experiments
from tools.runs.revision import commit


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
    assert shown.splitlines()[0].split()[4:6] == ["lr", "code"]
    assert "(edited) differs from code A (main) in stages/common/gluon/training.py: " in shown
    assert "Not ranked: chapter: no validation split (val_fraction 0)." in shown
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
    assert "Not ranked: chapter-0: no validation split (val_fraction 0)." in shown
    assert "Not ranked: same: the same params, code and data as main." in shown
    assert shown.splitlines()[1].split()[2:4] == ["main", "0.1"]

    broker = recorded / ".dvc/tmp/exps/celery/broker/in"
    broker.mkdir(parents=True)
    (broker / "1_half-written.celery.msg").write_text('{"body": "gAN', encoding="utf-8")
    main([])
    assert "DVC's queue cannot be read now" in capsys.readouterr().out

    with pytest.raises(PipelineError, match=r"^nothing to rank: chapter-0: no validation split"):
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
    assert [line.split()[-2] for line in shown.splitlines()[1:3]] == ["B", "A"]
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
    rev = load_experiments(["main"]).runs[1].commit.commit
    assert f"main ({base[:7]})" in shown
    assert f"Apply it with: dvc exp apply {rev[:7]}, and commit." in shown


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
    assert "Selected by val_loss, rank 1: faster (seed 0)." in capsys.readouterr().out


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
        "null": train | {"val_loss": None},
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
    assert sum(map(len, experiments.excluded.values())) == len(cut) + len(odd)
    assert not [reason for reason in experiments.excluded if len(reason) > 120 or "\n" in reason]
    assert experiments.excluded["the results are of lr 0.2, and params.yaml says 0.3"] == ["stale"]


def test_a_damaged_test_metric_or_curve_is_said(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What only the chosen run needs is missing with a reason; the ranking stands."""
    best = files_of_run(lr=0.2, val_loss=0.4)
    broken = {"metrics/evaluate.json": b"{}", "plots/history.csv": b"epoch\n"}
    record(recorded, {"best": best | broken})
    main([])
    shown = capsys.readouterr().out
    assert (
        "Its test accuracy is not known: best: metrics/evaluate.json: test_accuracy is missing"
        in shown
    )
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
    assert "report/compare/table.md has 281 more rows" in used.stdout


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


def test_table_shows_what_varies_and_warns_of_single_seeds(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only settings that vary are columns; single runs come with a word about noise."""
    record(recorded, {"faster": files_of_run(lr=0.2, val_loss=0.4)})
    main([])
    said = capsys.readouterr().out.splitlines()
    assert said[0].split() == ["rank", "val_loss", "behind", "experiments", "lr", "val_accuracy"]
    assert said[2].split() == ["2", "0.5000", "0.1000", "main", "0.1", "0.7500"]
    assert "Each row is one seed: small differences may be noise; run more seeds" in said[5]


def test_learning_curves_are_named_by_what_tells_them_apart(recorded: Path) -> None:
    """A setting in which only worse runs differ is not in the names of the best five."""
    runs = {f"r{n}": files_of_run(lr=0.2 + n / 10, val_loss=0.4 + n / 100) for n in range(5)}
    record(recorded, runs | {"worst": files_of_run(lr=0.9, momentum=0.5, val_loss=0.9)})
    main(["r?", "worst"])
    with (recorded / "report/compare/curves.csv").open(newline="") as file:
        names = list(dict.fromkeys(row["group"] for row in csv.DictReader(file)))
    assert names == ["1: lr 0.2", "2: lr 0.3", "3: lr 0.4", "4: lr 0.5", "5: lr 0.6"]


def test_no_common_seed_is_claimed_where_there_is_none(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows without a seed in common have no difference, and the legend says so."""
    record(recorded, {"other": files_of_run(lr=0.2, seed=2, val_loss=0.4)})
    main([])
    said = capsys.readouterr().out
    assert said.splitlines()[2].split()[:3] == ["2", "0.5000", "main"]
    assert "each row's own seeds, since no seed is in all rows" in said


def test_selected_run_is_the_lowest_seed_of_the_best_settings(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The seed with the best figure, which validates on other images, is not selected for it."""
    best = {f"s{n}": files_of_run(lr=0.2, seed=n, val_loss=0.4 - n / 100) for n in (0, 1)}
    record(recorded, best | {"main-1": files_of_run(seed=1)})
    main([])
    assert "Selected by val_loss, rank 1: s0 (seed 0)." in capsys.readouterr().out


def test_runs_from_before_a_param_was_added_are_ranked(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A param that a record lacks is "-" in the table, the page and the charts."""
    runs = {f"old-{n}": files_of_run(lr=n, lacking=["patience"], val_loss=n) for n in (1, 2, 3)}
    record(recorded, runs | {"removed": files_of_run(label_smoothing=0.1, val_loss=0.4)})
    main([])
    said = capsys.readouterr().out
    assert "Not ranked" not in said
    rows = [line.split() for line in said.splitlines()[:6]]
    assert rows[0][3:] == ["experiments", "lr", "patience", "label_smoothing"]
    assert rows[1][-2:] == ["0", "0.1"]
    assert rows[3][-2:] == ["-", "-"]
    assert "patience -" in (recorded / "report/compare/index.html").read_text(encoding="utf-8")


def test_a_wide_table_fits_the_terminal(
    recorded: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns that do not fit are named, and table.md has them; long names are cut there alone."""
    name = "a-name-that-is-much-longer-than-a-column-" * 2
    varied = ("momentum", "weight_decay", "batch_size", "epochs")
    best = files_of_run(val_loss=0.4, momentum=0.5, weight_decay=0.001, batch_size=64, epochs=7)
    record(recorded, {name: best})
    for width in (80, 70):
        monkeypatch.setenv("COLUMNS", str(width))
        main([])
        said = capsys.readouterr().out.splitlines()
        table = said[: said.index("")]
        assert max(map(len, table[:-1])) <= width
        assert f"{name[:39]}…" in table[1]
        assert "table.md has the columns " in table[-1]
    whole = (recorded / "report/compare/table.md").read_text(encoding="utf-8")
    assert name in whole
    assert all(f"| {each} |" in whole for each in varied)
