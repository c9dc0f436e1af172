"""The source data of an imported dataset: of this clone, of its remote, or missing in one line."""

import re
from pathlib import Path

import pytest

from stages.common.catalogue import CatalogueEntry, load_entry
from stages.common.errors import DataError
from tests.support.imported import FILES, FOLDER, add_import
from tests.support.project import Project, clean_environment, git, new_project
from tools.verify.imported import bring_imported, main


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with an imported dataset, and the folder `remote` beside it."""
    folder = tmp_path_factory.mktemp("imported")
    project = Project(folder / "origin", clean_environment())
    git(folder, "init", "-q", "-b", "main", "origin")
    project.run("dvc", "init", "-q")
    add_import(project)
    project.commit("Import")
    return project.folder


@pytest.fixture
def clone(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a clone without data the current folder."""
    git(tmp_path, "clone", "-q", str(origin), "clone")
    (tmp_path / "remote").symlink_to(origin.parent / "remote")
    monkeypatch.chdir(tmp_path / "clone")
    return tmp_path / "clone"


def entry_here() -> CatalogueEntry:
    """Return the catalogue's entry of the imported dataset."""
    return load_entry("birds")


def test_it_comes_from_the_remote_into_a_folder_elsewhere(
    origin: Path, clone: Path, tmp_path: Path
) -> None:
    """A remote whose address is relative to this clone serves a project in another folder."""
    git(tmp_path, "clone", "-q", str(origin), "work/files")
    bring_imported(tmp_path / "work/files", entry_here())
    for content in FILES.values():
        assert content in [p.read_bytes() for p in (tmp_path / "work/files" / FOLDER).iterdir()]
    assert not (clone / FOLDER).exists()
    main()
    assert (clone / FOLDER).is_dir()
    git(tmp_path, "clone", "-q", str(origin), "other")
    bring_imported(tmp_path / "other", entry_here())
    assert (tmp_path / "other" / FOLDER).is_symlink()


@pytest.mark.parametrize("missing", ["remote", "data", "secrets"])
def test_what_is_missing_is_one_line(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """No remote, a remote without the data, and one in S3 without keys are told apart."""
    config = clone / ".dvc/config"
    text = config.read_text(encoding="utf-8")
    if missing == "remote":
        config.write_text("", encoding="utf-8")
    if missing == "data":
        (tmp_path / "remote").unlink()
    if missing == "secrets":
        url = "url = s3://bucket/x\n    endpointurl = http://127.0.0.1:9"
        config.write_text(re.sub(r"url = .*", url, text), encoding="utf-8")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(DataError) as raised:
        bring_imported(clone, entry_here())
    assert str(raised.value).startswith("data/local/birds: not in this clone, and ")
    assert "\n" not in str(raised.value)
    assert {
        "remote": "it names no DVC remote; `dvc remote add --default NAME URL` does",
        "data": f"the remote storage ({tmp_path / 'remote'}) does not give it: ",
        "secrets": "a workflow needs the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    }[missing] in str(raised.value)


@pytest.mark.slow
def test_a_branch_with_an_imported_dataset_is_verified(tmp_path: Path) -> None:
    """In a clone that has no data, the results of an imported dataset are verified."""
    origin = new_project(tmp_path / "origin")
    add_import(origin)
    origin.run("dvc", "repro")
    origin.commit("Import birds")
    git(tmp_path, "clone", "-q", "origin", "clone")
    clone = Project(tmp_path / "clone", origin.environment)
    done = clone.run("python", "-m", "tools.verify", "HEAD")
    assert "Committed results are what a rerun gives." in done.stdout
    assert not clone.path(FOLDER).exists()
    assert not clone.path("data/raw").exists()
    Path(tmp_path / "remote").replace(tmp_path / "moved")
    refused = clone.run("python", "-m", "tools.verify", "HEAD", status=2).stderr.splitlines()[-1]
    assert refused.startswith("verify: data/local/birds: not in this clone, and the remote")
