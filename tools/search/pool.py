"""The workers that run trials: processes of this machine, or any Dask cluster by its address."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import Client, KilledWorker, LocalCluster, Security, as_completed

from stages.common.errors import PipelineError
from tools.search.fingerprint import digest
from tools.search.trial import Outcome

SERVED = ["search"]  # where a scheduler's metadata holds the identity of the search

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


@contextmanager
def local_workers(count: int, identity: Mapping[str, str]) -> Iterator[Client]:
    """Start worker processes on this machine, which nobody else can talk to."""
    with (
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",  # any free port: two searches do not meet
            security=True,  # TLS with a certificate for this run: other users have no say in it
            silence_logs=logging.CRITICAL,
            resources=label(identity),
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def cluster_workers(address: str, identity: Mapping[str, str]) -> Iterator[Client]:
    """Use the workers that a scheduler has and will have, and tell them whom they serve.

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
        client.set_metadata(SERVED, dict(identity))
        yield client


def label(identity: Mapping[str, str]) -> dict[str, float]:
    """Return the resource that a worker has when it is found to agree with a search, for Dask."""
    return {f"search-{digest(identity)}": 1}


def count_workers(client: Client, identity: Mapping[str, str]) -> int:
    """Return how many workers of a cluster agree with the search of this identity."""
    (name,) = label(identity)
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return sum(name in worker["resources"] for worker in workers)


class ClusterPool:
    """Runs trials on the workers of a cluster, one at a time on each."""

    def __init__(self, client: Client, identity: Mapping[str, str]) -> None:
        """Use the workers that agree with the search of this identity."""
        self._client = client
        self._resources = label(identity)
        self._ended = as_completed(with_results=True)
        self._numbers: dict[object, int] = {}

    def submit(self, number: int, values: Mapping[str, Any], limits: Sequence[float]) -> None:
        """Send a trial to the workers."""
        # A lambda is sent whole, so that the scheduler need not have this code: the workers do.
        future = self._client.submit(
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
