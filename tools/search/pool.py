"""The workers that run trials: processes of this machine, or those of a Dask cluster."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import (
    Client,
    KilledWorker,
    Nanny,
    Scheduler,
    Security,
    SpecCluster,
    WorkerPlugin,
    as_completed,
)

from stages.common.errors import PipelineError
from tools.search.fingerprint import digest
from tools.search.processes import confine, share_of
from tools.search.trial import Outcome

SERVED = ["search"]  # where a scheduler's metadata holds the fingerprint of the search
JOINING = 20  # seconds to wait for the first workers of a cluster
SETTLING = 1  # seconds without another one, after which all that were starting have joined

dask.config.set(
    {
        "distributed.worker.multiprocessing-method": "forkserver",
        # Dask samples what a worker does a hundred times a second, for a dashboard.
        "distributed.worker.profile.enabled": False,
    }
)
for _logger in ("distributed", "distributed.client"):  # Dask sets a level for each
    logging.getLogger(_logger).setLevel(logging.CRITICAL)


class SchedulerLostError(PipelineError):
    """No scheduler answers; the trials that it had are to be sent again."""


def check_address(address: str) -> None:
    """Raise PipelineError unless `address` can be a scheduler's and its certificates are here."""
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        right = False
    if not right:
        raise PipelineError(f"{address!r} is not an address such as tls://10.0.0.1:8786")
    if parts.scheme == "tls":
        try:
            certified = Security().get_connection_args("client")["ssl_context"]
        except OSError as problem:
            raise PipelineError(f"the certificates of Dask cannot be read: {problem}") from problem
        if not certified:
            raise PipelineError("tls:// needs certificates in Dask's configuration: docs/search.md")


def label(fingerprint: Mapping[str, str]) -> dict[str, float]:
    """Return the resource that a worker has when it is found to agree with a search, for Dask."""
    return {f"search-{digest(fingerprint)}": 1}


@dataclass(frozen=True)
class OnCores(WorkerPlugin):
    """Keeps a worker process on its share of the cores, also one that starts anew."""

    cores: list[int]

    def setup(self, worker: object) -> None:  # noqa: ARG002 - as Dask calls it
        """Run in the process when it starts."""
        confine(self.cores)


def worker_options(number: int, processes: int, fingerprint: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of Dask's Nanny for one of the worker processes of this machine."""
    return {
        "nthreads": 1,
        "memory_limit": 0,
        "plugins": [OnCores(share_of(number, processes))],
        "resources": label(fingerprint),
        "silence_logs": logging.CRITICAL,
    }


class DaskPool:
    """Runs trials on the workers of a cluster that agree with a search, one at a time on each."""

    def __init__(self, client: Client, fingerprint: Mapping[str, str]) -> None:
        self.client = client
        self._resources = label(fingerprint)
        self._ended = as_completed(with_results=True)
        self._numbers: dict[object, int] = {}

    def submit(self, number: int, values: Mapping[str, Any], limits: Sequence[float]) -> None:
        """Send a trial to the workers."""
        # A lambda is sent whole, so that the scheduler need not have this code: the workers do.
        future = self.client.submit(
            lambda *given: import_module("tools.search.trial").run_trial(*given),
            values,
            limits,
            pure=False,
            resources=self._resources,
        )
        self._numbers[future.key] = number
        self._ended.add(future)

    def next(self) -> tuple[int, Outcome]:
        """Wait for the next trial that ends; return its number and its outcome.

        Raises:
            SchedulerLostError: the scheduler is gone.
            PipelineError: a trial ends every process that runs it.
        """
        try:
            future, outcome = next(self._ended)
        except KilledWorker as problem:
            raise PipelineError(f"a trial ended each process that ran it: {problem}") from problem
        if isinstance(outcome, CancelledError):
            raise SchedulerLostError("the scheduler is gone")
        return self._numbers.pop(future.key), outcome

    def count_workers(self) -> int:
        """Return how many workers of the cluster agree with the search."""
        (name,) = self._resources
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return sum(name in worker["resources"] for worker in workers)

    def await_workers(self) -> int:
        """Wait for workers that are starting, but not long; return how many serve."""
        started = changed = time.monotonic()
        serving = 0
        while time.monotonic() < (changed + SETTLING if serving else started + JOINING):
            time.sleep(0.1)
            if (now := self.count_workers()) != serving:
                serving, changed = now, time.monotonic()
        return serving


@contextmanager
def local_pool(processes: int, fingerprint: Mapping[str, str]) -> Iterator[DaskPool]:
    """Start worker processes on this machine, which nobody else can talk to."""
    # TLS with a certificate for this run: other users of the machine cannot talk to it.
    here = {"host": "127.0.0.1", "protocol": "tls://", "security": Security.temporary()}
    workers = {
        number: {"cls": Nanny, "options": here | worker_options(number, processes, fingerprint)}
        for number in range(processes)
    }
    # At any free ports: two searches do not meet.
    scheduler = {
        "cls": Scheduler,
        "options": here | {"port": 0, "dashboard_address": "127.0.0.1:0"},
    }
    quiet = {"security": here["security"], "silence_logs": logging.CRITICAL}
    try:
        cluster = SpecCluster(workers, scheduler, **quiet)
    except RuntimeError as problem:
        reason: BaseException = problem
        while below := reason.__cause__ or reason.__context__:  # Dask wraps the system's own error
            reason = below
        raise PipelineError(f"the {processes} worker processes do not start: {reason}") from problem
    with cluster, Client(cluster) as client:
        yield DaskPool(client, fingerprint)


@contextmanager
def cluster_pool(address: str, fingerprint: Mapping[str, str]) -> Iterator[DaskPool]:
    """Connect to a scheduler, and publish the search for workers that are there or will come.

    Raises:
        SchedulerLostError: no scheduler answers at the address.
        PipelineError: there can be none.
    """
    check_address(address)
    try:
        client = Client(address, timeout="10s")
    except OSError as problem:
        raise SchedulerLostError(
            f"no Dask scheduler answers at {address}; `make scheduler` starts one"
        ) from problem
    with client:
        client.set_metadata(SERVED, dict(fingerprint))
        pool = DaskPool(client, fingerprint)
        serving = pool.count_workers() or pool.await_workers()
        print(f"{serving} workers serve; more: make worker SCHEDULER={address}", flush=True)
        yield pool
