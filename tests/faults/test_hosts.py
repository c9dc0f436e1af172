"""A search on three hosts, disturbed once in each way; `make torture` has twenty rounds."""

import random
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.faults.hosts import FAULTS, Hosts, three_hosts
from tests.support.namespaces import unavailable
from tests.support.project import FirstRun
from tests.support.remotes import SSHD

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hosts(first_run: FirstRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Return three hosts, of which two work for the search of the first."""
    for package in ("optuna", "distributed", "dvc_ssh"):
        if not find_spec(package):
            pytest.skip(f"{package} is not installed: make test installs it")
    if reason := unavailable() or ("" if SSHD else "there is no sshd: install openssh-server"):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("hosts")
    with three_hosts(folder, first_run.copy(folder / "first")) as found:
        yield found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_disturbed_search_ends_as_ever(hosts: Hosts, fault: str) -> None:
    """With a fault at a random moment each trial is recorded once, and trials.csv is as ever."""
    hosts.disturb(fault, random.Random())
