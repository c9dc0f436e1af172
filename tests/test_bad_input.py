"""Bad input as a user meets it: stages as processes, with what they print and leave."""

import gzip
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT, Project, clean_environment, write_params
from tests.support.server import content, serving
from tests.support.synthetic import NAMES, idx_files, write_catalogue, write_source
from tests.support.terminal import run_on_terminal

FILES = idx_files(train=90, test=30)


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """Return a folder with params.yaml and a catalogue, and a source of its dataset beside it."""
    folder = tmp_path / "work place"
    write_catalogue(folder / "data/datasets/shapes.yaml", FILES)
    write_params(folder)
    write_source(tmp_path / "source", FILES)
    return folder


def stage(name: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a stage in `folder`, with its output in pipes."""
    return project_in(folder).run("python", "-m", f"stages.{name}", status=None, **more)


def project_in(folder: Path) -> Project:
    """Return `folder` as a project that runs this repository's stages."""
    return Project(folder, clean_environment() | {"PYTHONPATH": str(ROOT)})


def replace(path: Path, old: str, new: str) -> None:
    """Replace a piece of a file's text, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("name", ["download", "preprocess"])
def test_each_stage_refuses_wrong_params_before_any_work(name: str, workplace: Path) -> None:
    """Each wrong param is a line on standard error, with status 1; nothing is written."""
    replace(workplace / "params.yaml", "lr: 0.1", "lr: '1e-05'")
    replace(workplace / "params.yaml", "epochs: 5", "epochs: -1")
    before = sorted(workplace.rglob("*"))
    done = stage(name, workplace)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"{name}: params.yaml: epochs: -1 is not allowed; "
        "it must be a whole number from 1 to 100000\n"
        "params.yaml: lr: '1e-05' is not allowed; it must be a number above 0 and at most 100\n"
    )
    assert sorted(workplace.rglob("*")) == before


def test_files_that_are_not_there_or_no_files_are_named(workplace: Path) -> None:
    """A missing params.yaml, catalogue or raw file, or a directory in its place, is one line."""
    assert stage("preprocess", workplace).stderr.startswith(
        "preprocess: data/raw/train-images-idx3-ubyte: there is no such file; `dvc repro` brings it"
    )
    (workplace / "data/datasets/shapes.yaml").unlink()
    missing = "there is no such file; run from the repository's root, or `git restore"
    assert stage("download", workplace).stderr == (
        "download: params.yaml: dataset: 'shapes' is not allowed; it must be a name in "
        "data/datasets/: there is none; `git restore data/datasets`\n"
    )
    (workplace / "params.yaml").unlink()
    assert stage("download", workplace).stderr == f"download: params.yaml: {missing} params.yaml`\n"
    (workplace / "params.yaml").mkdir()
    done = stage("download", workplace)
    assert done.returncode == 1
    assert (
        done.stderr
        == "download: params.yaml: Is a directory; fix that, and `dvc repro` goes on from here\n"
    )


def test_download_tells_each_source_s_fault_and_what_to_do(workplace: Path) -> None:
    """Each source that failed is a line, and no file is left."""
    page = {f"{name}.gz": content(b"<html>Please sign in</html>") for name in NAMES.values()}
    cut = {f"{NAMES[key]}.gz": content(gzip.compress(body)[:-9]) for key, body in FILES.items()}
    with serving(page) as first, serving(cut) as second:
        entry = workplace / "data/datasets/shapes.yaml"
        write_catalogue(entry, FILES, sources=[{"url": first.url}])
        done = stage("download", workplace, DATASET_SOURCE=second.url)
    name = NAMES["train_images"]
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "download: no source of shapes worked:\n"
        f"  - {second.host}: {name}: truncated: the gzip data end early\n"
        f"  - {first.host}: {name}: a web page instead of the file\n"
        "Fix one of them, or set DATASET_SOURCE to a directory or base URL with the files, and run "
        "again.\nFiles of an earlier run come from DVC's cache or remote: "
        "`dvc get . data/raw -o /tmp/raw`, then DATASET_SOURCE=/tmp/raw.\n"
    )
    assert [path for path in (workplace / "data").rglob("*") if path.is_file()] == [
        workplace / "data/datasets/shapes.yaml"
    ]


def test_the_progress_bar_is_silent_in_a_pipe_and_shows_on_a_terminal(workplace: Path) -> None:
    """In a pipe a download prints its one line; on a terminal it shows a bar too."""
    source = str(workplace.parent / "source")
    quiet = stage("download", workplace, DATASET_SOURCE=source)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert quiet.stdout == f"shapes: 4 files, verified, from {source}\n"

    status, shown = run_on_terminal(
        ["python", "-m", "stages.download"],
        cwd=workplace,
        environment=project_in(workplace).environment | {"DATASET_SOURCE": source},
    )
    assert status == 0
    assert "%|" in shown
    assert f"{source}: " in shown
    assert f"shapes: 4 files, verified, from {source}" in shown
