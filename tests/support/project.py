"""Temporary clones of this repository with a small dataset, and commands run in them.

Everything that a test starts gets its environment from here. The settings of the developer, of a
git hook or of make then change nothing, and the tests change nothing of the developer's.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.synthetic import CLASSES, idx_files, write_catalogue, write_source

ROOT = Path(__file__).parents[2]

# The complete params of the tests, whatever the repository's own params.yaml holds.
PARAMS: dict[str, object] = {
    "dataset": "shapes",
    "seed": 0,
    "val_fraction": 0.1,
    "batch_size": 32,
    "epochs": 5,
    "lr": 0.1,
    "momentum": 0.0,
    "weight_decay": 0.0,
    "lr_schedule": "constant",
    "patience": 0,
    "device": "cpu",
}

# Of .dvc/config: the sections of remotes, and the name of the default one.
_REMOTES = re.compile(r"(?ms)^\['remote .*?(?=^\[|\Z)|^ *remote = .*?\n")

_FOREIGN = ("AWS_", "DATASET_", "DVC_", "GIT_", "MAKE", "MFLAGS", "RCLONE_", "SSH_")
_IDENTITY = {
    f"GIT_{who}_{what}": f"test@{who}.example"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}
_SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "DVC_GLOBAL_CONFIG_DIR": "/nonexistent",
    "DVC_SYSTEM_CONFIG_DIR": "/nonexistent",
    # A proxy of the machine is not for the tests' own servers. Lower case wins where both are read.
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}


def clean_environment() -> dict[str, str]:
    """Return this process's environment with git, DVC and make as if nobody had set them up.

    The programs beside this Python come first in PATH.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return kept | _SETTINGS | _IDENTITY | {"PATH": path}


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints."""
    command = ("git", *arguments)
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command} exited with {done.returncode}: {done.stderr}"
    return done.stdout


def files_of_repository() -> list[str]:
    """Return the names of the files in the working tree that git tracks or would add."""
    # A checkout that belongs to another user, as in a container, is read too.
    listed = git(
        ROOT,
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    )
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def params_text(**changed: object) -> str:
    """Return the content of a complete params.yaml: the tests' own params with some changed."""
    return yaml.safe_dump(PARAMS | changed, sort_keys=False)


def write_params(folder: Path, **changed: object) -> None:
    """Write the tests' own params with some changed to params.yaml in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "params.yaml").write_text(params_text(**changed), encoding="utf-8")


def as_in_a_terminal() -> None:
    """Let SIGINT stop the process to be started, which a shell's background job ignores."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Project:
    """A clone in `folder`; `run` runs a command in it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)

    def run(
        self, *command: str, status: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the clone and return it when done.

        Args:
            command: The program and its arguments.
            status: The exit status that it must have; None allows any.
            environment: Variables to set for it.
        """
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=200,
            check=False,
        )
        assert status in (None, done.returncode), (
            f"{command} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
        return done

    def path(self, name: str) -> Path:
        """Return the path of a file in the clone."""
        return self.folder / name

    def set_params(self, **values: object) -> None:
        """Change values in params.yaml and keep the others."""
        present = yaml.safe_load(self.path("params.yaml").read_text(encoding="utf-8"))
        write_params(self.folder, **(present | values))

    def commit(self, message: str) -> None:
        """Commit everything in the clone."""
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", message)


@dataclass(frozen=True)
class FirstRun:
    """A clone in which `dvc repro` ran once, with its results committed. Copy it to change it."""

    project: Project
    stdout: str  # what `dvc repro` said
    source: str  # the host that served the dataset

    def copy(self, folder: Path) -> Project:
        """Return a copy in `folder`, cache included."""
        shutil.copytree(self.project.folder, folder, symlinks=True)
        return Project(folder, self.project.environment)


def new_project(
    folder: Path,
    *,
    repository: Path | None = None,
    files: dict[str, bytes] | None = None,
    classes: Sequence[str] = CLASSES,
) -> Project:
    """Make a clone that runs the pipeline on a synthetic dataset, from a directory, and commit it.

    The files are copied from the working tree, so that what is not committed yet is tested too.
    Nothing is copied of the repository's own params, datasets, results and DVC remotes.

    Args:
        folder: Where to put the project; `<folder>-source` beside it gets the raw files.
        repository: The root of the git repository, `folder` or one above it.
        files: The four files of the dataset, by their keys in the catalogue.
        classes: The names of its classes.
    """
    results = ("data/datasets/", "dvc.lock", "metrics/", "params.yaml", "plots/")
    for name in files_of_repository():
        if not name.startswith(results) and not name.endswith(".dvc"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    config = folder / ".dvc/config"
    own = _REMOTES.sub("", config.read_text(encoding="utf-8"))
    config.write_text(own, encoding="utf-8")
    files = files or idx_files()
    source = folder.parent / f"{folder.name}-source"
    write_source(source, files)
    entry = folder / "data/datasets/shapes.yaml"
    write_catalogue(entry, files, sources=[{"directory": str(source)}], classes=classes)
    write_params(folder)
    root = repository or folder
    git(root, "init", "-q", "-b", "main")
    site_cache = {"DVC_SITE_CACHE_DIR": str(folder.parent / "dvc-site-cache")}
    project = Project(folder, clean_environment() | site_cache)
    project.commit("Start")
    return project


def link_environment(project: Project, *groups: str) -> None:
    """Give a clone the tests' own environment as its .venv, so that `make` sets up nothing.

    Args:
        project: the clone.
        groups: what `make` asks for on top of requirements/base.lock, such as `search`.
    """
    folder = project.path(".venv")
    folder.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != "installed":
            (folder / entry.name).symlink_to(entry)
    (folder / "installed").mkdir()
    (folder / "installed/folder").write_text(str(project.folder.resolve()), encoding="utf-8")
    for lock in ("requirements/base.lock", *(f"requirements/{group}.lock" for group in groups)):
        shutil.copy(project.path(lock), folder / "installed")
