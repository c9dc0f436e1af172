"""Whether results belong to the params, code and data beside them, as DVC records them."""

import json
from pathlib import Path

import pytest
import yaml

from stages.common.errors import DataError
from tests.support.project import git
from tests.support.runs import commit_run, repository, write_run
from tools.runs.freshness import stale
from tools.runs.revision import WorkingTree, commit, working_tree


@pytest.fixture
def repo(here: Path) -> Path:
    """Make the working directory a repository whose main holds a run."""
    repository(here)
    write_run(here)
    commit_run(here)
    return here


def change_lock(**digests: str) -> None:
    """Give data/prepared another digest in dvc.lock: as `written`, or as it was `read`."""
    lock = yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))
    if "written" in digests:
        lock["stages"]["prepare"]["outs"][0]["md5"] = digests["written"]
    if "read" in digests:
        lock["stages"]["train"]["deps"][0]["md5"] = digests["read"]
    Path("dvc.lock").write_text(yaml.safe_dump(lock), encoding="utf-8")


def test_each_kind_of_change_is_named(repo: Path) -> None:
    """A param, a code file, a file in a code folder and an edited result are each found."""
    assert stale(working_tree()) == ()
    assert stale(commit("main")) == ()
    Path("params.yaml").write_text("epochs: 2\nlr: 0.0001\n", encoding="utf-8")
    Path("train.py").write_text("LAYERS = 2\n", encoding="utf-8")
    Path("code/more.py").write_text("", encoding="utf-8")
    metrics = json.loads(Path("metrics/evaluate.json").read_text(encoding="utf-8"))
    Path("metrics/evaluate.json").write_text(
        json.dumps(metrics | {"test_accuracy": 0.99}), encoding="utf-8"
    )
    changed = {"code", "train.py", "lr", "metrics/evaluate.json"}
    assert set(stale(working_tree())) == changed
    assert stale(commit("main")) == ()
    commit_run(repo)
    assert set(stale(commit("main"))) == changed


def test_changed_pipeline_is_named(repo: Path) -> None:
    """Another command, and a dependency that the run did not have, are found."""
    pipeline = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))
    pipeline["stages"]["train"]["cmd"] = "python train.py --more"
    pipeline["stages"]["prepare"]["deps"].append("params.yaml")
    Path("dvc.yaml").write_text(yaml.safe_dump(pipeline), encoding="utf-8")
    assert set(stale(working_tree())) == {"the command of train", "params.yaml"}


def test_data_on_disk_that_is_not_the_run_s_is_found(repo: Path) -> None:
    """Data that lies in the working tree and differs from what dvc.lock records is found."""
    Path("data/prepared").mkdir(parents=True)
    Path("data/prepared/images.npy").write_text("other data", encoding="utf-8")
    assert stale(working_tree()) == ("data/prepared",)


def test_data_that_another_run_wrote_is_found(repo: Path) -> None:
    """A stage that read other data than dvc.lock says was written is found without the data."""
    change_lock(written=f"{'1' * 32}.dir")
    assert stale(working_tree()) == ("data/prepared",)
    change_lock(read=f"{'1' * 32}.dir")
    assert stale(working_tree()) == ()


def test_run_without_a_record_is_stale(repo: Path) -> None:
    """Without dvc.lock nothing says that the results are those of the params."""
    Path("dvc.lock").unlink()
    assert "metrics/evaluate.json" in stale(working_tree())


@pytest.mark.parametrize("root", [".", "models/fashion"])
def test_project_in_a_larger_repository(
    here: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    """In a folder of a larger repository both sides are judged by the project's own files."""
    repository(here / "started")
    project = here / "models/fashion"
    write_run(project)
    (here / "started/.git").rename(here / ".git")
    (here / "started/.dvc").rename(here / root / ".dvc")
    commit_run(here)
    monkeypatch.chdir(project)
    (project / "train.py").write_text("LAYERS = 2\n", encoding="utf-8")
    assert stale(working_tree()) == ("train.py",)
    assert stale(commit("main")) == ()


def test_partial_clone(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a clone that fetches the content of old files only when asked, a commit is judged too."""
    write_run(repo, lr=0.2)
    commit_run(repo)
    git(repo, "config", "uploadpack.allowFilter", "true")
    git(repo, "clone", "-q", "--filter=blob:none", repo.as_uri(), "partial")
    monkeypatch.chdir(repo / "partial")
    assert stale(commit("main~1")) == ()


def judged(tree: WorkingTree) -> str:
    """Return what is stale, or the error."""
    try:
        return ", ".join(stale(tree))
    except DataError as refused:
        return str(refused)


def test_record_cut_anywhere_is_one_line_or_stale(here: Path) -> None:
    """A dvc.lock that ends too early, at whatever place, never gives a traceback or a pass."""
    repository(here)
    Path("dvc.yaml").write_text(
        "stages: {t: {cmd: c, outs: [{o: {cache: false}}]}}", encoding="utf-8"
    )
    Path("o").write_text("1", encoding="utf-8")
    lock = "schema: '2.0'\nstages:\n  t:\n    cmd: c\n    outs:\n    - path: o\n      md5: "
    lock += "c4ca4238a0b923820dcc509a6f75849b"  # of "1"
    Path("dvc.lock").write_text(lock, encoding="utf-8")
    tree = working_tree()
    assert judged(tree) == ""
    # Inside the digest each place is as good as another.
    for end in (*range(len(lock) - 31), len(lock) - 1):
        Path("dvc.lock").write_text(lock[:end], encoding="utf-8")
        answer = judged(tree)
        assert answer in ("o", "t, o") or answer.startswith("dvc.yaml and dvc.lock in main"), end
        assert "\n" not in answer, end


@pytest.mark.parametrize(
    "lock", ["stages: [", "stages: 5", "{}", "schema: '2.0'\nstages: {train: 1}"]
)
def test_damaged_record_of_a_base_is_one_line(repo: Path, lock: str) -> None:
    """What DVC cannot read in a commit is one line that names the commit."""
    Path("dvc.lock").write_text(lock, encoding="utf-8")
    commit_run(repo)
    base = commit("main")
    with pytest.raises(DataError, match=r"\Advc.yaml and dvc.lock in main \([^\n]+\Z"):
        stale(base)
