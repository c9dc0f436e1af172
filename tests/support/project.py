"""A temporary clone of this repository, as the working tree has it, and commands run in it as a user would."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.synthetic import idx_files, write_catalogue, write_source

ROOT = Path(__file__).parents[2]
IDENTITY = {
    f"GIT_{who}_{what}": f"test@{who}.example"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def as_in_a_terminal() -> None:
    """Let SIGINT stop the process to be started (a preexec_fn): what a shell runs in the background ignores it for ever."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Project:
    """A clone in `folder`; `run` runs a command in it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)

    def run(
        self, *command: str, status: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the clone and return it when done; `status` is the exit status it must have (None: any)."""
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
        """Change values in params.yaml, each on its own line; comments are kept off."""
        lines = self.path("params.yaml").read_text().splitlines()
        keys = {line.split(":")[0]: index for index, line in enumerate(lines)}
        for key, value in values.items():
            lines[keys[key]] = f"{key}: {value}"
        self.path("params.yaml").write_text("\n".join(lines) + "\n")


@dataclass(frozen=True)
class FirstRun:
    """A clone in which `dvc repro` ran once and whose results are committed: to be copied, not changed."""

    project: Project
    stdout: str  # what `dvc repro` said
    source: str  # the URL that served the dataset


def new_project(folder: Path) -> Project:
    """Make a clone in `folder` that runs the pipeline on the synthetic dataset, from a directory, and commit it.

    The files are copied from the working tree, so that what is not committed yet is tested too.
    """
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (
            name == "dvc.lock"
            or name.startswith(("metrics/", "plots/"))
            or not (ROOT / name).is_file()
        ):
            continue  # the results of the real data
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    files = idx_files()
    source = folder.parent / f"{folder.name}-source"
    write_source(source, files)
    write_catalogue(folder / "data/datasets.yaml", files, sources=[{"directory": str(source)}])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("DVC", "DATASET", "GIT_", "MAKE"))
    }
    project = Project(folder, environment | IDENTITY | {"PATH": path})
    project.set_params(dataset="shapes", batch_size=32)
    project.run("git", "init", "-q", "-b", "main")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Start")
    return project
