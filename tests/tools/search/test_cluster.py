"""`make scheduler`, `make worker` and `make search`, in clones that only git connects."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from stages.common.errors import PipelineError
from tests.support.cluster import TRIALS, Machine, clone
from tests.support.processes import Running, free_port
from tests.support.project import FirstRun, Project, link_environment
from tests.support.search import AnyOrder, run_search, settings_of
from tools.search.pool import check_address
from tools.search.processes import cores
from tools.search.trial import run_trial


@dataclass(frozen=True)
class Cluster:
    """A scheduler and a worker, which have run a search."""

    project: Project  # where the search ran
    wanted: bytes  # its trials.csv
    worker: Running
    programs: list[Running]
    address: str


@pytest.fixture(scope="module")
def cluster(first_run: FirstRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run a search with the targets of the Makefile; the scheduler goes on."""
    folder = tmp_path_factory.mktemp("cluster")
    project = first_run.copy(folder / "a search")
    settings = settings_of(project.folder)
    project.commit("Search")
    other = clone(project, folder / "a worker")
    for each in (project, other):
        link_environment(each, "search", "remotes")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.folder)
        wanted, _ = run_search(folder, settings, AnyOrder(0, run=run_trial))
    address = f"tcp://127.0.0.1:{free_port()}"

    with ExitStack() as stack:

        def make(clone: Project, target: str) -> Running:
            command = ("make", target, f"SCHEDULER={address}")
            return stack.enter_context(Machine(clone).running(target, *command))

        scheduler, worker = make(project, "scheduler"), make(other, "worker")
        scheduler.said("scheduler at")
        search = make(project, "search")
        assert search.ended() == 0
        yield Cluster(project, wanted, worker, [scheduler, worker], address)


@pytest.mark.slow
def test_a_worker_in_another_clone_serves_a_search(cluster: Cluster) -> None:
    """A worker makes the data that it lacks and runs the trials: trials.csv is as ever."""
    assert cluster.project.path(TRIALS).read_bytes() == cluster.wanted
    said = cluster.worker.log.read_text(encoding="utf-8")
    assert "> python -m stages.preprocess" in said
    assert f"serving {cluster.address} with {len(cores())} processes" in said


@pytest.mark.slow
def test_a_cluster_listens_where_its_scheduler_does(cluster: Cluster) -> None:
    """Of the processes of a cluster on 127.0.0.1 no port is open to other machines."""
    listening = [
        connection.laddr.ip
        for program in cluster.programs
        for process in psutil.Process(program.timeout.pid).children(recursive=True)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}


def other_commit(project: Project) -> None:
    """Commit a change of the docs."""
    project.path("README.md").write_text("Other\n", encoding="utf-8")
    project.commit("Change the README")


def other_code(project: Project) -> None:
    """Change what a trial runs."""
    with project.path("stages/common/gluon/training.py").open("a") as module:
        module.write("# changed\n")


def other_lock(project: Project) -> None:
    """Change a lock, and what is said to be installed with it."""
    for path in project.folder.rglob("search.lock"):
        path.write_text("# changed\n", encoding="utf-8")


def other_data(project: Project) -> None:
    """Split the data by another seed."""
    project.set_params(seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (other_commit, r"commit is \w{12} here and \w{12} there: `git fetch` and .*"),
        (other_code, r"code is \w{12} here and \w{12} there: commit .*"),
        (other_lock, r"lock is \w{12} here and \w{12} there: commit .*"),
        (other_data, r"data/prepared is \w{12} here and \w{12} there: give both .*"),
    ],
)
def test_a_worker_that_differs_refuses(
    cluster: Cluster, tmp_path: Path, change: Callable[[Project], None], refusal: str
) -> None:
    """A worker of another commit, code, lock or data says so in a line, and does not serve."""
    other = clone(cluster.project, tmp_path / "other")
    link_environment(other, "search", "remotes")
    change(other)
    done = other.run("make", "worker", f"SCHEDULER={cluster.address}", status=2)
    line = done.stderr.splitlines()[-2]  # before make's own, and after what DVC may warn of
    assert re.fullmatch(f"worker: {refusal}", line)
    assert "serving" not in done.stdout


@pytest.mark.parametrize(
    "address",
    ["", "10.0.0.1", "10.0.0.1:8786", "tcp://10.0.0.1", "tcp://:1", "ftp://a:1", "tcp://a:b"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    """An address without a scheme of Dask's, a host or a port is refused in a line."""
    with pytest.raises(PipelineError, match=r"is not an address such as tls://10\.0\.0\.1:8786"):
        check_address(address)


def test_tls_needs_certificates() -> None:
    """A tls:// address without certificates in Dask's configuration is refused in a line."""
    with pytest.raises(PipelineError, match=r"needs certificates .*: docs/search\.md"):
        check_address("tls://10.0.0.1:8786")
