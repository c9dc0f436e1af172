"""A search over TLS as docs/search.md sets it up: who lacks the certificate is refused."""

import re
import socket
import ssl
import sys
from pathlib import Path

import pytest

from tests.support.certificates import self_signed
from tests.support.cluster import TRIALS, Machine
from tests.support.processes import free_port
from tests.support.project import ROOT, Project
from tests.support.search import AnyOrder, run_search, settings_of
from tools.search.pool import local_pool
from tools.search.trial import run_trial

SCHEDULER = (sys.executable, "-m", "tools.search.scheduler")
WORKER = (sys.executable, "-m", "tools.search.worker")
SEARCH = (sys.executable, "-m", "tools.search", "--scheduler")


DOCUMENT = ROOT / "docs/search.md"
PEM = "/home/ann/.config/dask/search.pem"  # in the docs


def with_certificate(project: Project, pem: Path) -> Project:
    """Return a project whose Dask is configured as the docs say, with a certificate."""
    (configuration,) = re.findall(
        r"(?ms)^```yaml\n(distributed:.*?)^```$", DOCUMENT.read_text(encoding="utf-8")
    )
    assert configuration.count(PEM) == 4
    path = pem.with_suffix(".yaml")
    path.write_text(configuration.replace(PEM, str(pem)), encoding="utf-8")
    return Project(project.folder, project.environment | {"DASK_CONFIG": str(path)})


@pytest.mark.slow
def test_a_search_over_tls(
    reproduced: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scheduler, worker and search speak TLS, with the result as ever; strangers are refused."""
    monkeypatch.chdir(reproduced.folder)
    settings = settings_of(reproduced.folder)
    wanted, _ = run_search(tmp_path, settings, AnyOrder(0, run=run_trial))
    ours = Machine(with_certificate(reproduced, self_signed(tmp_path / "search.pem")))
    port = free_port()
    address = f"tls://127.0.0.1:{port}"
    with (
        ours.running("scheduler", *SCHEDULER, address) as scheduler,
        ours.running("worker", *WORKER, address, "--processes", "1"),
    ):
        scheduler.said(f"scheduler at {address}")
        refuse_strangers(reproduced, port, tmp_path)
        ours.project.run(*SEARCH, address)
    assert reproduced.path(TRIALS).read_bytes() == wanted


def refuse_strangers(project: Project, port: int, folder: Path) -> None:
    """A client without the certificate, with another one, or without TLS gets no answer."""
    refuse_without_certificate(port)
    tls, tcp = (f"{scheme}://127.0.0.1:{port}" for scheme in ("tls", "tcp"))
    stranger = with_certificate(project, self_signed(folder / "another.pem"))
    for each, address in ((project, tcp), (stranger, tls)):
        said = each.run(*SEARCH, address, status=1).stderr
        assert said == (
            f"search: no Dask scheduler answers at {address}; `make scheduler` starts one\n"
        )


def refuse_without_certificate(port: int) -> None:
    """A client that trusts any server, and has no certificate of its own, is told to show one."""
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        anyone.wrap_socket(plain) as secure,
        pytest.raises(ssl.SSLError, match=r"(?i)certificate.required"),
    ):
        secure.recv(1)


@pytest.mark.slow
def test_the_processes_of_one_machine_speak_tls(here: Path) -> None:
    """Without a cluster, too, only who has the certificate of the run can talk to its processes."""
    with local_pool(1, {"commit": "a"}) as pool:
        assert pool.client.submit(sum, [1, 2]).result(timeout=100) == 3
        host, _, port = pool.client.scheduler_info()["address"].rpartition(":")
        assert host == "tls://127.0.0.1"
        refuse_without_certificate(int(port))
