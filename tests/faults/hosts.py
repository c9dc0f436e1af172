"""A search on three hosts: a worker is killed, or its network cut, or the scheduler killed.

The first host has the scheduler, the search and the DVC remote; the others have a worker each.
"""

import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from tests.support.cluster import TRIALS, Machine, clone, trials_recorded
from tests.support.namespaces import Namespace, namespaces
from tests.support.processes import Running
from tests.support.project import Project
from tests.support.remotes import ssh_server
from tests.support.search import write_search

FAULTS = ("worker", "network", "scheduler")
COUNT = 20  # trials of a search
SETTINGS = {
    "trials": COUNT,
    "batch": 4,
    "vary": {"lr": {"low": 0.001, "high": 1.0, "log": True}, "batch_size": [4], "epochs": [6]},
}
# Dask notices that a network is cut after 30 seconds; these are the shortest times that it allows.
NOTICED = 11
TIMEOUTS = {
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": f"{NOTICED}s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s",
}


class Program:
    """A program that is killed and started again."""

    def __init__(self, machine: Machine, name: str, *command: str, ready: str) -> None:
        """Take the machine, the name of the log, the command, and what it says when ready."""
        self._machine, self._name, self._command, self._ready = machine, name, command, ready
        self._stack = ExitStack()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        running = self._machine.running(self._name, *self._command)
        self._running = self._stack.enter_context(running)
        self._running.said(self._ready)

    @property
    def process(self) -> psutil.Process:
        """The process of the program itself, below `timeout`."""
        (process,) = psutil.Process(self._running.timeout.pid).children()
        return process

    def said(self) -> str:
        """Return what it has said since it was started."""
        return self._running.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """Kill it, not the processes that it started."""
        self.process.kill()
        self.stop()

    def stop(self) -> None:
        """End it as a user does."""
        self._stack.close()


class Hosts:
    """Three hosts, on which one search is run again and again."""

    def __init__(self, machines: list[Machine], networks: list[Namespace]) -> None:
        """Take the machines, and the network of each."""
        first, *others = machines
        self._first, self._networks = first, networks
        self._address = f"tcp://{networks[0].address}:8786"
        self._scheduler = Program(
            first,
            "scheduler",
            *(sys.executable, "-um", "tools.search.scheduler", self._address),
            ready="scheduler at",
        )
        command = (sys.executable, "-um", "tools.search.worker", self._address)
        self._workers = [
            Program(each, "worker", *command, "--processes", "1", ready="serving")
            for each in others
        ]

    def start(self) -> None:
        """Start the scheduler and the workers, and run the search undisturbed."""
        self._scheduler.start()
        with self._search() as search:
            for worker in self._workers:
                worker.start()
            assert search.ended() == 0, search.log.read_text(encoding="utf-8")
        assert not any("Running stage" in worker.said() for worker in self._workers)
        self._wanted = self._first.project.path(TRIALS).read_bytes()
        self._idle = len(self._networks[0].pids())

    @contextmanager
    def _search(self) -> Iterator[Running]:
        shutil.rmtree(self._first.project.path("report"), ignore_errors=True)
        command = (sys.executable, "-m", "tools.search", "--scheduler", self._address)
        with self._first.running("search", *command) as search:
            yield search

    def disturb(self, fault: str, chance: random.Random) -> str:
        """Run the search with a fault at a random moment; return what was done.

        It ends as the undisturbed one, each trial recorded once, and leaves no process.
        """
        moment = chance.randrange(COUNT - 4)
        with self._search() as search:
            end = time.monotonic() + 120
            while trials_recorded(self._first.project) < moment:
                assert search.timeout.poll() is None, search.log.read_text(encoding="utf-8")
                assert time.monotonic() < end
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.2))
            done = getattr(self, f"_disturb_{fault}")(chance)
            assert search.ended() == 0, search.log.read_text(encoding="utf-8")
        assert self._first.project.path(TRIALS).read_bytes() == self._wanted
        assert trials_recorded(self._first.project) == COUNT
        assert len(self._networks[0].pids()) == self._idle
        return str(done)

    def _disturb_worker(self, chance: random.Random) -> str:
        number = chance.randrange(len(self._workers))
        worker = self._workers[number]
        trials = [each for child in worker.process.children() for each in child.children()]
        if trials and chance.random() < 0.5:
            trials[0].kill()
            return "process of a trial killed"
        worker.kill()
        _wait_until_empty(self._networks[1 + number])
        worker.start()
        return "worker killed"

    def _disturb_network(self, chance: random.Random) -> str:
        network = chance.choice(self._networks[1:])
        noticed = chance.random() < 0.5
        network.link("down")
        time.sleep(NOTICED + 1 if noticed else chance.uniform(0.2, 2))
        network.link("up")
        return "network cut until Dask noticed" if noticed else "network cut briefly"

    def _disturb_scheduler(self, chance: random.Random) -> str:
        self._scheduler.kill()
        time.sleep(chance.uniform(0, 2))
        self._scheduler.start()
        return "scheduler killed"

    def stop(self) -> None:
        """End all programs; no process is left on the workers' hosts."""
        for program in (*self._workers, self._scheduler):
            program.stop()
        for network in self._networks[1:]:
            _wait_until_empty(network)


def _wait_until_empty(network: Namespace) -> None:
    end = time.monotonic() + 20
    while pids := network.pids():
        assert time.monotonic() < end, [psutil.Process(pid).cmdline() for pid in pids]
        time.sleep(0.05)


@contextmanager
def three_hosts(folder: Path, project: Project) -> Iterator[Hosts]:
    """Give three hosts, each with a clone, a home and a cache of its own.

    Args:
        folder: where all goes.
        project: the first one's clone, in which the pipeline ran. The others get the data from
            there, over SSH.
    """
    write_search(project.folder, **SETTINGS)
    project.environment |= TIMEOUTS | {"DATASET_SOURCE": str(folder / "nowhere")}
    with namespaces(3) as networks:
        first = networks[0]
        homes = [folder / f"home {number}" for number in range(len(networks))]
        key = homes[0] / ".ssh/id_ed25519"
        with ssh_server(folder / "sshd", key, host=first.address, inside=first.inside) as login:
            project.run("dvc", "remote", "add", "-d", "storage", f"ssh://{login}{folder}/storage")
            project.commit("Search on three hosts")
            machines = [Machine(project, first.inside)]
            project.environment["HOME"] = str(homes[0])
            for number, network in enumerate(networks[1:], 1):
                shutil.copytree(homes[0], homes[number])
                other = clone(project, folder / f"clone {number}", home=homes[number])
                machines.append(Machine(other, network.inside))
            project.run(*first.inside, "dvc", "push", "--quiet")
            hosts = Hosts(machines, networks)
            try:
                hosts.start()
                yield hosts
            finally:
                hosts.stop()
