"""Finalists are DVC experiments that force nothing, and whose names carry study and trial."""

import re
import sys

import pytest

from tests.support.project import Project
from tests.support.search import write_search
from tools.search.dvc import reason_of

COMMAND = (sys.executable, "-m", "tools.search", "--workers", "1")
PAGE = "report/search/index.html"
VARY = {"lr": {"low": 0.001, "high": 0.1, "log": True}, "epochs": [1]}


def experiments(project: Project) -> dict[str, str]:
    """Return the commit of each experiment, by name."""
    listed = project.run("git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/exps")
    pairs = map(str.split, listed.stdout.splitlines())
    return {name.rpartition("/")[2]: commit for name, commit in pairs if "seed" in name}


@pytest.mark.slow
def test_the_life_of_finalists(reproduced: Project) -> None:
    """Finalists need no network, live beside those of other studies, and fail with a reason.

    More trials or other finalists continue a study, whatever became of the varied params in
    params.yaml; the page of the trials is there when a finalist fails.
    """
    reproduced.environment["DATASET_SOURCE"] = "/nonexistent"
    common = {"trials": 3, "batch": 2, "vary": VARY, "finalists": 1, "finalist_seeds": [0]}
    write_search(reproduced.folder, **common)
    reproduced.commit("Search")
    said = reproduced.run(*COMMAND).stdout
    (first,) = experiments(reproduced)
    assert re.fullmatch(r"search-\w{4}-\d-seed-0", first)
    assert said.splitlines()[-2] == f"Next: dvc exp apply {first}"
    assert "uncommitted" not in said

    write_search(reproduced.folder, **(common | {"sampler_seed": 1}))
    said = reproduced.run(*COMMAND).stdout
    assert "search.yaml changed: a new study\n" in said
    assert "`dvc exp apply` would discard your uncommitted edits of search.yaml.\n" in said
    both = experiments(reproduced)
    assert len(both) == 2
    assert first in both

    evaluate = reproduced.path("stages/evaluate.py")
    code = evaluate.read_text(encoding="utf-8")
    evaluate.write_text("import sys; sys.exit('evaluate: no: do this')\n", encoding="utf-8")
    write_search(reproduced.folder, **(common | {"trials": 4, "finalist_seeds": [0, 1]}))
    reproduced.set_params(lr=0.2)
    failed = reproduced.run(*COMMAND, status=1)
    second = f"{first[:-1]}1"
    log = f"report/search/{second}.log"
    reason = f"search: {second} failed: evaluate: no: do this (all that it printed: {log})"
    assert failed.stderr.splitlines()[-1] == reason
    assert "4 trials (tpe), 3 recorded already\n" in failed.stdout
    assert "Next: dvc exp run -S lr=" in failed.stdout
    assert "one seed each" in reproduced.path(PAGE).read_text(encoding="utf-8")

    evaluate.write_text(code, encoding="utf-8")
    reproduced.run(*COMMAND)
    assert experiments(reproduced).items() >= both.items()
    assert second in experiments(reproduced)
    assert "one seed each" not in reproduced.path(PAGE).read_text(encoding="utf-8")


@pytest.mark.slow
def test_finalists_need_what_git_tracks(reproduced: Project) -> None:
    """A dataset whose catalogue file git does not know is refused before the first trial."""
    write_search(reproduced.folder, finalists=1)
    entry = "data/datasets/other.yaml"
    text = reproduced.path("data/datasets/shapes.yaml").read_text(encoding="utf-8")
    reproduced.path(entry).write_text(text.replace("shapes", "other"), encoding="utf-8")
    reproduced.set_params(dataset="other")
    refused = reproduced.run(*COMMAND, status=1).stderr
    assert refused.startswith(f"search: {entry}: the finalists need what git does not track yet; ")
    assert f"`git add {entry}`" in refused


FAILED = "ERROR: failed to reproduce 'train': failed to run: python -m stages.train, exited with"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (f"epoch 1\ntrain: the loss is nan\n{FAILED} 1\n{FAILED} 1\n\n", "train: the loss is nan"),
        (f"  File\nzlib.error: bad\n{FAILED} 1\n{FAILED} 1\n", "zlib.error: bad"),
        (f"> python -m stages.train\nepoch 1  loss 2\n{FAILED} -9\n", f"{FAILED} -9"[7:]),
        ("Reproducing\nERROR: unexpected error - no space\n", "unexpected error - no space"),
        ("", ""),
    ],
)
def test_the_reason_is_the_programs(log: str, reason: str) -> None:
    """Why an experiment failed is the stage's own line or Python's; DVC's where neither spoke."""
    assert reason_of(log) == reason
