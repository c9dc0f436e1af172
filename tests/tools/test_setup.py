"""The locks hold what they must, and tools/setup/setup.sh says in one line why it cannot set up; all in a path with spaces."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.project import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOCKS = ("requirements.lock", "requirements-gpu.lock")
ENTRY = re.compile(r"([a-z0-9-]+)==(\S+)( ; [^\n]+?)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")
COMMANDS = (
    "sh",
    "dirname",
    "cmp",
    "rm",
    "uname",
)  # what setup.sh needs before it has found a Python


def write_program(path: Path, script: str) -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder, with spaces in its path, that holds setup.sh, both locks, and the environment of an older lock."""
    folder = tmp_path / "a folder" / "a clone"
    (folder / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools/setup/setup.sh", folder / "tools/setup/setup.sh")
    for lock in LOCKS:
        (folder / lock).write_text(f"the content of {lock}\n")
    write_program(folder / ".venv/bin/python", "exit 0")
    (folder / ".venv/installed.lock").write_text("an older lock\n")
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a folder of programs, to be the whole PATH, that has the few commands which setup.sh needs, and no Python."""
    folder = tmp_path / "some programs"
    folder.mkdir()
    for name in COMMANDS:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def set_up(clone: Path, path: Path | str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run setup.sh from another folder, with a PATH."""
    return subprocess.run(
        [clone / "tools/setup/setup.sh"],
        cwd=clone.parent,
        env={"PATH": str(path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_hold_hashes_and_no_address(lock: str) -> None:
    """A lock is a list of exact versions, each with its hashes, and names no index, host or path."""
    text = (ROOT / lock).read_text()
    assert ENTRY.sub("", text) == ""
    assert "://" not in text
    names = [match[1] for match in ENTRY.finditer(text)]
    assert len(names) > 50


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_hold_every_direct_dependency(lock: str) -> None:
    """Whatever pyproject.toml names as a dependency is in the lock, so the lock was made anew when one was added."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    direct = [re.match(r"[A-Za-z0-9-]+", line) for line in project["project"]["dependencies"]]
    names = {match[0].lower() for match in direct if match} - {
        "mxnet"
    }  # the GPU's lock has mxnet-cu112 in its place
    locked = {match[1] for match in ENTRY.finditer((ROOT / lock).read_text())}
    assert names <= locked
    assert ("mxnet-cu112" in locked) == (lock == "requirements-gpu.lock")


REFUSALS = {
    "no such PYTHON": (
        {"PYTHON": "/no/such/python"},
        "PYTHON=/no/such/python is not a Python 3.10, 3.11 or 3.12",
    ),
    "PYTHON too old": ({"PYTHON": "false"}, "PYTHON=false is not a Python 3.10, 3.11 or 3.12"),
    "no Python": (
        {},
        "no Python 3.10, 3.11 or 3.12 found; install one, or uv, or name one: make PYTHON=/path/to/python3.12",
    ),
    "no such GPU": ({"GPU": "two"}, "GPU must be 1 or 0, and is 'two'"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_stops_the_set_up_is_said_in_one_line(clone: Path, bare: Path, case: str) -> None:
    """A wrong PYTHON or GPU, or no Python at all, ends in one line and status 1, and the old environment is kept."""
    environment, message = REFUSALS[case]
    (bare / "false").symlink_to(str(shutil.which("false")))
    done = set_up(clone, bare, **environment)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"make: {message}\n")
    assert (clone / ".venv/bin/python").exists()


@pytest.mark.parametrize(
    ("platform", "gpu", "message"),
    [
        (
            "Darwin arm64",
            "0",
            "this is Darwin on arm64, for which MXNet has no wheel; use x86-64 Linux",
        ),
        (
            "Linux aarch64",
            "0",
            "this is Linux on aarch64, for which MXNet has no wheel; use x86-64 Linux",
        ),
        ("Darwin x86_64", "1", "GPU=1 needs Linux: there is no mxnet-cu112 for Darwin"),
        ("Darwin x86_64", "0", "no Python 3.10, 3.11 or 3.12 found"),
    ],
)
def test_platforms_without_a_wheel_are_named(
    clone: Path, bare: Path, platform: str, gpu: str, message: str
) -> None:
    """On a platform for which MXNet has no wheel the one line says so before anything is made; an Intel Mac goes on."""
    system, machine = platform.split()
    (bare / "uname").unlink()
    write_program(bare / "uname", f'[ "$1" = -s ] && echo {system} || echo {machine}')
    done = set_up(clone, bare, GPU=gpu)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"make: {re.escape(message)}[^\n]*\n", done.stderr)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            "python3.11",
            "python3.11 cannot make a virtual environment; install its venv module (Debian, Ubuntu: ",
        ),
        ("uv", "uv could not provide Python 3.12; install Python 3.10, 3.11 or 3.12"),
    ],
)
def test_a_python_or_uv_that_fails_is_named(
    clone: Path, bare: Path, program: str, message: str
) -> None:
    """A Python without venv, as Debian has it, and a uv that cannot download end in one line that says what to install."""
    write_program(bare / program, '[ "$1" = -c ] || [ "$1" = --version ]')
    done = set_up(clone, bare)
    assert done.returncode == 1
    assert re.fullmatch(rf"make: {re.escape(message)}[^\n]*\n", done.stderr)


@pytest.mark.parametrize(
    ("environment", "installed"), [({}, 0), ({}, 1), ({"GPU": "0"}, 0), ({"GPU": "1"}, 1)]
)
def test_an_environment_that_is_up_to_date_is_left_alone(
    clone: Path, bare: Path, environment: dict[str, str], installed: int
) -> None:
    """With what was asked for installed, nothing is said or done; without GPU= whatever was asked for last will do."""
    shutil.copy(clone / LOCKS[installed], clone / ".venv/installed.lock")
    done = set_up(clone, bare, **environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def write_wheel(path: Path) -> None:
    """Write a wheel that holds nothing."""
    name, version = path.name.split("-")[:2]
    folder = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(
            f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{folder}/RECORD", "")


def test_a_package_without_a_hash_is_not_installed(clone: Path) -> None:
    """A real pip in a real environment refuses a sound package for which the lock has no hash, and nothing counts as set up."""
    write_wheel(clone / "tiny-1.0-py3-none-any.whl")
    (clone / LOCKS[0]).write_text("./tiny-1.0-py3-none-any.whl\n")
    done = set_up(clone, "/usr/bin:/bin", PYTHON=sys.executable, GPU="0")
    assert done.returncode == 1
    assert "Hashes are required in --require-hashes mode" in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        "make: pip could not install requirements.lock (all it said is in .venv/install.log)"
    )
    assert not (clone / ".venv/installed.lock").exists()
