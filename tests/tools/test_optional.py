"""Tools whose packages are not installed yet."""

import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.project import ROOT, clean_environment

OPTIONAL = ("distributed", "huggingface_hub", "onnx", "optuna")


@pytest.fixture(scope="module")
def without_optional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has what runs the tests, but for the optional packages.

    It is a real virtual environment, whose packages are links to those that run the tests.
    """
    folder = tmp_path_factory.mktemp("some packages")
    venv.create(folder, symlinks=True)
    [site] = folder.glob("lib/python*/site-packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(OPTIONAL):
            (site / package.name).symlink_to(package)
    return folder / "bin/python"


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (("tools.export",), "export: huggingface_hub is not installed; `make export` installs it"),
        (("tools.search",), "search: optuna is not installed; `make search` installs it"),
        (
            ("tools.search.worker", "tcp://127.0.0.1:1"),
            "worker: distributed is not installed; `make worker` installs it",
        ),
    ],
)
def test_one_line_says_which_target_installs_the_packages(
    without_optional: Path, command: tuple[str, ...], line: str
) -> None:
    """Before its make target ran, a tool ends with one line and no traceback."""
    done = subprocess.run(
        [without_optional, "-m", *command],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, f"{line}\n")
