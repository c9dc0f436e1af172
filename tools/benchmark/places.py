"""Where the benchmark runs: environments, the real data, and fresh copies of the project."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
IDENTITY = {
    f"GIT_{who}_{what}": f"benchmark@{who}.example"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


@dataclass(frozen=True)
class Places:
    """Folders of one run of the benchmark."""

    work: Path  # all else is in it; removed at the end
    peers_python: Path  # the interpreter that has the peers' packages; it need not exist

    @property
    def raw(self) -> Path:
        """The four IDX files."""
        return self.work / "data/data/raw"

    @property
    def prepared(self) -> Path:
        """The arrays, with all training images in `train`."""
        return self.work / "data/data/prepared"


def environment(**more: str) -> dict[str, str]:
    """Return the variables of a command: this process's Python first on PATH, and no setting of somebody else's."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("DVC", "GIT_", "MAKE", "PYTHON", "OMP_"))
    }
    return (
        kept
        | IDENTITY
        | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        | more
    )


def new_copy(folder: Path) -> Path:
    """Make `folder` a git repository with the project's files as the working tree has them; return it."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(
        listed, cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Commit all that is in `folder`, as the first commit if it is no repository yet."""
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["commit", "-q", "--allow-empty", "-m", "Benchmark"],
    ):
        run(folder, "git", *command)


def run(folder: Path, *command: str) -> str:
    """Run a command in `folder` that must succeed, and return what it printed."""
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"benchmark: `{' '.join(command)}` exited with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def set_params(folder: Path, **values: object) -> None:
    """Change values in the params.yaml of a copy."""
    path = folder / "params.yaml"
    lines = path.read_text().splitlines()
    path.write_text(
        "\n".join(
            f"{key}: {values[key]}" if (key := line.split(":")[0]) in values else line
            for line in lines
        )
        + "\n"
    )


def prepare_data(places: Places) -> None:
    """Download the dataset and prepare it with every training image in `train`, as the chapter has it."""
    folder = new_copy(places.work / "data")
    set_params(folder, val_fraction=0)
    for stage in ("download", "preprocess"):
        run(folder, sys.executable, "-m", f"stages.{stage}")
