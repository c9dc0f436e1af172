"""An imported dataset with a DVC remote, as `make import` and `dvc push` leave it."""

from tests.support.project import Project, write_params
from tests.support.synthetic import idx_files, write_catalogue, write_source

FOLDER = "data/local/birds"
FILES = idx_files()


def add_import(project: Project) -> None:
    """Import a dataset into a project as `make import` does, and push it to a remote."""
    write_source(project.path(FOLDER), FILES, compress=False)
    entry = project.path("data/datasets/birds.yaml")
    write_catalogue(entry, FILES, sources=[{"directory": FOLDER}])
    project.path("data/.gitignore").write_text("/model\n/prepared\n/raw\n", encoding="utf-8")
    project.run("dvc", "remote", "add", "-q", "-d", "storage", "../remote")
    project.run("dvc", "add", "-q", FOLDER)
    project.run("dvc", "push", "-q")
    write_params(project.folder, dataset="birds")
