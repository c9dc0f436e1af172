"""The files of commits and of the working tree, read through a real git."""

from pathlib import Path

import pytest

from tests.support.project import clean_environment, git
from tools.runs.git import RevisionError
from tools.runs.revision import commit, experiments_from, read_ahead, working_tree


@pytest.fixture
def sub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder of a project in a larger repository the working directory."""
    folder = tmp_path / "models/fashion"
    (folder / "metrics").mkdir(parents=True)
    (folder / "params.yaml").write_text("lr: 0.1\n", encoding="utf-8")
    (folder / "metrics/train.json").write_text("{}", encoding="utf-8")
    (folder / "metrics/日本 語.json").write_text("[]", encoding="utf-8")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics/other.json").write_text("{}", encoding="utf-8")
    (tmp_path / "params.yaml").write_text("other: project\n", encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Start")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, clean_environment()[name])
    monkeypatch.chdir(folder)
    return folder


def test_paths_are_of_the_project_s_folder(sub: Path) -> None:
    """In a larger repository, a commit and the working tree give the files of the project."""
    for revision in (commit("main"), working_tree()):
        assert revision.read("params.yaml") == b"lr: 0.1\n"
        assert revision.names("metrics") == ["metrics/train.json", "metrics/日本 語.json"]
        assert revision.read("metrics/日本 語.json") == b"[]"
        assert revision.read("metrics/other.json") is None
        assert revision.read("metrics") is None
        assert revision.names("nowhere") == []


def test_commit_is_what_was_committed(sub: Path) -> None:
    """A commit does not change with the working tree or the index, and the label says so."""
    before = commit("main")
    (sub / "params.yaml").write_text("lr: 0.2\n", encoding="utf-8")
    git(sub, "add", "-A")
    assert before.read("params.yaml") == b"lr: 0.1\n"
    assert working_tree().read("params.yaml") == b"lr: 0.2\n"
    assert working_tree().label == f"main ({before.commit[:7]}) with uncommitted changes"


def test_changes_elsewhere_in_the_repository_do_not_count(sub: Path) -> None:
    """The working tree is not called changed for another project's files."""
    (sub.parents[1] / "params.yaml").write_text("changed: true\n", encoding="utf-8")
    assert working_tree().label == f"main ({commit('HEAD').commit[:7]})"


def test_git_hook_does_not_lead_elsewhere(
    sub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a git hook sets of another repository and of its index is not followed."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert commit("main").read("params.yaml") == b"lr: 0.1\n"
    assert not (tmp_path / "index").exists()


def test_files_of_many_commits_are_read_ahead(sub: Path) -> None:
    """What is read in one call is what each commit holds; folders and missing files are not."""
    (sub / "params.yaml").write_bytes(b"lr: 0.2\n\nmissing\n")
    git(sub, "commit", "-qam", "Change")
    commits = [commit("main"), commit("main~")]
    paths = ["nowhere", "metrics", "params.yaml", "metrics/日本 語.json"]
    read_ahead(commits, paths)
    assert [sorted(each.contents) for each in commits] == [sorted(paths[2:])] * 2
    for each in commits:
        fresh = commit(each.commit)
        assert [each.read(path) for path in paths] == [fresh.read(path) for path in paths]


def test_lost_content_is_an_error(sub: Path, tmp_path: Path) -> None:
    """A file that the commit has and git cannot read is not taken for a file that is not there."""
    base = commit("main")
    blob = git(sub, "rev-parse", "main:./params.yaml").strip()
    (tmp_path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RevisionError, match=r"\Agit cat-file: [^\n]+\Z"):
        base.read("params.yaml")


@pytest.mark.parametrize("name", ["nowhere", "", "--help", "main:params.yaml", "HEAD^{tree}"])
def test_unknown_revision_is_one_line(sub: Path, name: str) -> None:
    """A name that is no commit is refused in one line that says how to get it."""
    with pytest.raises(RevisionError, match=r"\Agit knows no revision [^\n]+fetch[^\n]+\Z"):
        commit(name)


@pytest.mark.parametrize("suffix", ["", "~1"])
def test_branch_wins_over_a_tag_of_its_name(sub: Path, suffix: str) -> None:
    """`main` is the branch main, also where a tag has that name and git takes the tag."""
    git(sub, "commit", "-q", "--allow-empty", "-m", "More")
    branch = git(sub, "rev-parse", f"main{suffix}").strip()
    git(sub, "commit", "-q", "--allow-empty", "-m", "Elsewhere")
    git(sub, "tag", "main")
    git(sub, "reset", "-q", "--hard", "HEAD~1")
    assert git(sub, "rev-parse", "main").strip() != git(sub, "rev-parse", "HEAD").strip()
    assert commit(f"main{suffix}").commit == branch


def test_no_repository_is_git_s_own_line(here: Path) -> None:
    """Outside a repository git's reason is shown, and not that the revision is unknown."""
    with pytest.raises(RevisionError, match=r"\Agit rev-parse: [^\n]*not a git repository"):
        commit("main")


def test_experiments_are_read_by_name(sub: Path) -> None:
    """DVC's experiments of a commit are found by their names, x-9 before x-10."""
    base = commit("main")
    for name in ("x-10", "x-9", "a/b"):
        git(sub, "update-ref", f"refs/exps/{base.commit[:2]}/{base.commit[2:]}/{name}", "main")
    found = experiments_from(base)
    assert list(found) == ["a/b", "x-9", "x-10"]
    assert {each.commit for each in found.values()} == {base.commit}


def test_the_files_of_a_revision_are_written_out(sub: Path, tmp_path: Path) -> None:
    """A commit gives what it holds; the working tree gives what `git add -A` would commit."""
    (sub / "params.yaml").write_text("lr: 0.2\n", encoding="utf-8")
    (sub / "metrics/train.json").unlink()
    (sub / ".gitignore").write_text("/data\n", encoding="utf-8")
    for name in ("añadido", "data"):
        (sub / name).touch()
    committed, changed = tmp_path / "committed", tmp_path / "changed"
    commit("main").extract(committed)
    working_tree().extract(changed)
    assert (committed / "params.yaml").read_text(encoding="utf-8") == "lr: 0.1\n"
    assert (changed / "params.yaml").read_text(encoding="utf-8") == "lr: 0.2\n"
    assert {path.name for path in committed.iterdir()} == {"metrics", "params.yaml"}
    assert {path.name for path in changed.iterdir()} == {
        *("metrics", "params.yaml", ".gitignore", "añadido")
    }
    assert (committed / "metrics/train.json").is_file()
    assert not (changed / "metrics/train.json").exists()
