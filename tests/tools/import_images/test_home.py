"""Imported datasets in two clones with a remote in a folder: nothing is lost, and tests stay."""

import shutil
from pathlib import Path

import pytest

from tests.support.birds import listed, splits, write_birds
from tests.support.project import Project, git, new_project
from tests.support.results import STAGES
from tests.support.sharing import colleague, documented, published, type_in
from tests.test_pipeline import stages_run

FILES = "data/local/birds"
TRACKED = f"{FILES}.dvc"
ENTRY = "data/datasets/birds.yaml"


def run_import(project: Project, folder: Path, *options: str, status: int = 0) -> str:
    """Import a folder as birds; return what is printed."""
    command = ("python", "-m", "tools.import_images", str(folder), "--name", "birds", *options)
    done = project.run(*command, status=status)
    return done.stderr if status else done.stdout


def edit_title(project: Project, title: str) -> None:
    """Give the dataset another title, as its people may."""
    text = project.path(ENTRY).read_text(encoding="utf-8")
    project.path(ENTRY).write_text(f"title: {title}\n{text.partition(chr(10))[2]}", "utf-8")


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a clone in which birds were imported, prepared, committed and pushed."""
    folder = tmp_path_factory.mktemp("home")
    project = published(new_project(folder / "a project"), folder)
    storage = {"/srv/dvc": str(folder / "storage")}
    type_in(project, documented("A remote in a folder", words=storage))
    run_import(project, write_birds(folder / "birds", each=20))
    project.set_params(dataset="birds", val_fraction=0.2, batch_size=4)
    project.run("dvc", "repro", "preprocess")
    project.commit("Import birds")
    type_in(project, "dvc push && git push -q")
    return project


@pytest.fixture
def receiver(sender: Project, tmp_path: Path) -> Project:
    """Return another clone, which has pulled."""
    clone = colleague(sender, tmp_path / "b")
    clone.run("dvc", "pull", status=None)  # what was never trained cannot be pulled
    return clone


def test_a_colleague_has_the_images(receiver: Project) -> None:
    """After a pull nothing is left to run; another title, which runs download, loses nothing."""
    assert stages_run(receiver.run("dvc", "repro", "preprocess").stdout) == []
    assert receiver.run("git", "status", "--porcelain").stdout == ""
    edit_title(receiver, "Birds of our garden")
    said = receiver.run("dvc", "repro", "preprocess").stdout
    assert "birds: 4 files, verified, from data/local/birds\n" in said


def test_a_run_brings_the_images_itself(sender: Project, tmp_path: Path) -> None:
    """In a clone that pulled nothing, as a workflow's or a worker's, the remote has the images."""
    clone = colleague(sender, tmp_path / "b")
    edit_title(clone, "Birds of our garden")
    said = clone.run("dvc", "repro", "preprocess").stdout
    assert "birds: 4 files, verified, from data/local/birds\n" in said


def test_what_a_failed_download_names_helps(receiver: Project) -> None:
    """Where a file is missing, the message names the command that brings it."""
    receiver.path(f"{FILES}/t10k-labels-idx1-ubyte").unlink()
    edit_title(receiver, "Birds of our garden")
    said = receiver.run("dvc", "repro", "download", status=255).stderr
    command = f"dvc pull {TRACKED}"
    assert f"\n`{command}` brings the files that were imported, or says why not.\n" in said
    type_in(receiver, command)
    receiver.run("dvc", "repro", "preprocess")


def test_a_remote_that_is_gone_is_named(sender: Project, tmp_path: Path) -> None:
    """Where no remote gives the images, the failed source is a line."""
    clone = colleague(sender, tmp_path / "b")
    clone.run("dvc", "remote", "modify", "storage", "url", str(tmp_path / "nowhere"))
    said = clone.run("dvc", "repro", "download", status=255).stderr
    assert f"  - {FILES}: not here, and `dvc pull {TRACKED}` fails\n" in said


def test_a_deleted_cache_is_filled_again(receiver: Project) -> None:
    """The remote has everything, whatever this machine deletes."""
    for name in (".dvc/cache", FILES, "data/raw", "data/prepared"):
        shutil.rmtree(receiver.path(name))
    receiver.run("dvc", "pull", status=None)
    edit_title(receiver, "Birds of our garden")
    receiver.run("dvc", "repro", "preprocess")
    receiver.run("dvc", "gc", "--workspace", "--force")
    shutil.rmtree(receiver.path(FILES))
    receiver.run("dvc", "checkout", TRACKED)
    assert splits("birds", receiver.folder)


def test_a_dataset_grows_in_another_clone(receiver: Project, tmp_path: Path) -> None:
    """With more pictures and another name for a class no picture moves; each version comes back."""
    before = splits("birds", receiver.folder)
    birds = write_birds(tmp_path / "birds", each=26)
    (birds / "crow").rename(birds / "raven")
    (birds / "raven/3.png").rename(birds / "raven/three.png")
    (birds / "tit/4.jpg").rename(birds / "raven/4-tit.jpg")
    (birds / "tit/5.gif").unlink()

    refused = run_import(receiver, birds, status=1)
    assert "other content; `make import FORCE=1 ...`, or --force, replaces it" in refused
    assert splits("birds", receiver.folder) == before
    said = run_import(receiver, birds, "--force")
    after = splits("birds", receiver.folder)
    stayed = before.keys() & after.keys()
    assert len(stayed) == 39
    assert all(before[digest] == after[digest] for digest in stayed)
    for line in (
        "against the last version:\n",
        "  the class crow is now raven\n",
        "  added: 12\n",
        "  removed: 1\n    tit/5.gif\n",
        "  renamed: 1\n    raven/3.png is now raven/three.png\n",
        "  relabelled: 1\n    raven/4-tit.jpg: tit is now raven\n",
    ):
        assert line in said
    assert "moved between training and testing" not in said

    type_in(receiver, said.partition("next:\n")[2].splitlines()[0])
    receiver.run("git", "checkout", "-q", "HEAD~1")
    asked = run_import(receiver, birds, "--force", status=1)
    assert f"`dvc pull --force {TRACKED}` brings it" in asked
    receiver.run("dvc", "checkout", TRACKED)
    assert splits("birds", receiver.folder) == before
    assert {row["class"] for row in listed("birds", receiver.folder)} == {"crow", "tit"}


@pytest.mark.slow
def test_the_lines_that_are_printed_are_what_to_type(sender: Project, tmp_path: Path) -> None:
    """They commit, push and train; another clone pulls, and an experiment in a folder trains."""
    clone = colleague(sender, tmp_path / "b")
    birds = write_birds(tmp_path / "birds", each=3)
    said = clone.run("python", "-m", "tools.import_images", str(birds), "--name", "few").stdout
    lines = said.partition("next:\n")[2]
    assert stages_run(type_in(clone, lines)) == list(STAGES)
    assert clone.run("git", "status", "--porcelain", "data").stdout == ""
    git(clone.folder, "push", "-q")
    another = colleague(sender, tmp_path / "c")
    another.run("dvc", "pull", "data/local/few.dvc")
    train = lines.splitlines()[-1]
    assert "-S val_fraction=0.5" in train
    assert "Ran experiment" in type_in(another, f"{train} --temp")
