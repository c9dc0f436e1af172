"""The locks: exact, hashed, without addresses, and in agreement with each other."""

import re
import sys

import pytest

from tests.support.project import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ENTRY = re.compile(r"([a-z0-9-]+)==(\S+)( ; [^\n]+?)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")
LOCKS = sorted(f"requirements/{path.name}" for path in ROOT.glob("requirements/*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def versions(lock: str) -> dict[str, set[str]]:
    """Return the versions of each package that a lock names, one for each range of Pythons."""
    found: dict[str, set[str]] = {}
    for match in ENTRY.finditer((ROOT / lock).read_text(encoding="utf-8")):
        found.setdefault(match[1], set()).add(match[2])
    return found


def names(dependencies: list[str]) -> set[str]:
    """Return the normalised names of dependencies as pyproject.toml gives them."""
    found = (re.match(r"[A-Za-z0-9-]+", line) for line in dependencies)
    return {match[0].lower() for match in found if match}


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_hashes_and_no_address(lock: str) -> None:
    """A lock is a list of exact versions with their hashes, and names no index, host or path."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert versions(lock)
    assert ENTRY.sub("", text) == ""


@pytest.mark.parametrize("lock", ["requirements/base.lock", "requirements/gpu.lock"])
def test_base_locks_hold_every_dependency(lock: str) -> None:
    """Both base locks hold what pyproject.toml names, and their own build of MXNet."""
    locked = set(versions(lock))
    assert names(PROJECT["project"]["dependencies"]) <= locked
    builds = {name for name in locked if name.startswith("mxnet")}
    assert builds == {"mxnet-cu112" if "gpu" in lock else "mxnet"}


@pytest.mark.parametrize("group", PROJECT["dependency-groups"])
def test_each_group_has_a_lock(group: str) -> None:
    """What a dependency group names is in its lock, or in requirements/base.lock below it."""
    locked = set(versions(f"requirements/{group}.lock"))
    if group not in ("benchmark", "bootstrap"):  # these are installed on their own
        locked |= set(versions("requirements/base.lock"))
    assert names(PROJECT["dependency-groups"][group]) <= locked


def test_requirements_lock_holds_no_tools_of_development() -> None:
    """What only tests, linters or an optional part need is not installed for everyone."""
    apart = {"pytest", "scipy", "scikit-learn", "selenium", "ruff", "mypy", "onnx", "optuna"}
    assert not apart & set(versions("requirements/base.lock"))


def test_locks_that_meet_agree() -> None:
    """A package in two locks that share an environment has the same versions in both."""
    agreed: dict[str, set[str]] = {}
    for lock in LOCKS:
        if lock == "requirements/benchmark.lock":
            continue  # an environment of its own
        for name, found in versions(lock).items():
            shared = agreed.setdefault(name, found)
            assert shared <= found or found <= shared, f"{lock} differs on {name}"
