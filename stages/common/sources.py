"""Where the files of a dataset come from: a directory, a web server, or a Debian package.

Each source gives a file's bytes as they lie there, in chunks, and fails with a SourceError of one line.
Web servers are read with requests and not with pooch, which verifies the compressed bytes, reads
whatever a server sends, and waits for ever on one that sends a byte a second.
"""

import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from stages.common.catalogue import Source
from stages.common.errors import SourceError

STALL_SECONDS = 30.0
STALL_BYTES = 30 * 1024  # a server that sends less than this in STALL_SECONDS is given up
_CHUNK = 1 << 16

Chunks = Iterator[bytes]
# Opens a file of a source by its name: a context that gives the file's bytes, and raises SourceError.
Opener = Callable[[str], AbstractContextManager[Chunks]]


@contextmanager
def stall_guard(seconds: float) -> Iterator[Callable[[int], None]]:
    """Raise SourceError when fewer than STALL_BYTES arrive in `seconds`; give what counts arriving bytes.

    A timer and not a socket timeout, because one byte a second keeps a socket alive for ever, be it in
    the TLS handshake, the headers or the body.
    """
    waiting = 0

    def give_up(_signum: int, _frame: FrameType | None) -> None:
        raise SourceError(f"stalled: less than {STALL_BYTES} bytes in {seconds:g} s")

    def arrived(count: int) -> None:
        nonlocal waiting
        waiting += count
        if waiting >= STALL_BYTES:
            waiting = 0
            signal.setitimer(signal.ITIMER_REAL, seconds)

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield arrived
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def directory_opener(folder: Path) -> Opener:
    """Return the opener of the files in a folder."""

    @contextmanager
    def open_file(name: str) -> Iterator[Chunks]:
        if not folder.is_dir():
            raise SourceError("there is no such directory")
        found = [path for path in (folder / f"{name}.gz", folder / name) if path.exists()]
        if not found:
            raise SourceError(f"holds neither {name}.gz nor {name}")
        try:
            file = found[0].open("rb")
        except OSError as error:
            raise SourceError(f"{found[0].name}: {error.strerror}") from error
        with file:
            yield _read_chunks(file, found[0].name)

    return open_file


def _read_chunks(file: BinaryIO, name: str) -> Chunks:
    try:
        while chunk := file.read(_CHUNK):
            yield chunk
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror}") from error


def http_opener(base: str, *, stall_seconds: float = STALL_SECONDS) -> Opener:
    """Return the opener of the files below a base URL."""
    session = requests.Session()
    session.max_redirects = 5
    session.headers["Accept-Encoding"] = "identity"
    retry = Retry(total=2, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), raise_on_status=False)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    session.mount("https://", HTTPAdapter(max_retries=retry))

    @contextmanager
    def open_file(name: str) -> Iterator[Chunks]:
        with stall_guard(stall_seconds) as arrived, _named_http_errors():
            for url in (f"{base.rstrip('/')}/{name}.gz", f"{base.rstrip('/')}/{name}"):
                with session.get(url, stream=True, timeout=stall_seconds) as response:
                    if response.status_code == requests.codes.not_found and url.endswith(".gz"):
                        continue
                    if response.status_code != requests.codes.ok:
                        raise SourceError(f"HTTP status {response.status_code} for {url}")
                    if url.startswith("https:") and not response.url.startswith("https:"):
                        raise SourceError(f"leads from https to {response.url}")
                    yield _response_chunks(response, arrived)
                return

    return open_file


def _response_chunks(response: requests.Response, arrived: Callable[[int], None]) -> Chunks:
    with _named_http_errors():
        while chunk := response.raw.read1(_CHUNK, decode_content=False):
            arrived(len(chunk))
            yield chunk


@contextmanager
def _named_http_errors() -> Iterator[None]:
    try:
        yield
    except requests.TooManyRedirects as error:
        raise SourceError("redirects without end") from error
    except requests.exceptions.SSLError as error:
        raise SourceError(f"TLS: {_innermost(error)}") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise SourceError(_innermost(error)) from error


def _innermost(error: BaseException) -> str:
    """Return the text of the error at the bottom: the ones around it repeat it with the objects' addresses."""
    while isinstance(below := getattr(error, "reason", None) or (error.args and error.args[0]), BaseException):
        error = below
    text = " ".join(str(error).split())
    return re.sub(r"^<?[\w.]+\(.*?\)?>?: ", "", text) or type(error).__name__


@contextmanager
def unpacked_package(package: str) -> Iterator[Path]:
    """Download a Debian package and unpack it into a temporary folder; needs no root and installs nothing.

    apt-get verifies the package by the archive's signatures, with lists and a cache of its own.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SourceError("this system has no apt-get and dpkg-deb")
    with tempfile.TemporaryDirectory(prefix="dataset-") as folder:
        for part in ("lists/partial", "cache/archives/partial"):
            Path(folder, part).mkdir(parents=True)
        settings = (
            f"Dir::State::lists={folder}/lists",
            f"Dir::Cache={folder}/cache",
            "Acquire::AllowInsecureRepositories=false",
            "APT::Get::AllowUnauthenticated=false",
            f"Acquire::http::Timeout={STALL_SECONDS:.0f}",
            "APT::Sandbox::User=root",  # else root's apt-get complains that _apt cannot write here
        )
        apt = ["apt-get", "-q", *(part for setting in settings for part in ("-o", setting))]
        _run([*apt, "update"], folder, must_succeed=False)  # one repository of many may be down
        _run([*apt, "download", package], folder)
        (archive,) = Path(folder).glob("*.deb")
        _run(["dpkg-deb", "-x", archive.name, "unpacked"], folder)
        yield Path(folder) / "unpacked"


def _run(command: list[str], folder: str, *, must_succeed: bool = True) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"{command[0]} took over 300 s") from None
    if must_succeed and done.returncode:
        errors = (
            [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines() or ["no message"]
        )
        raise SourceError(f"{command[0]}: {errors[0].removeprefix('E: ')}")


@contextmanager
def opened_source(source: Source) -> Iterator[Opener]:
    """Give the opener of a source's files."""
    if source.url:
        yield http_opener(source.url)
    elif source.debian:
        with unpacked_package(source.debian) as root:
            yield directory_opener(root / str(source.directory).lstrip("/"))
    else:
        yield directory_opener(Path(str(source.directory)))


def label(source: Source) -> str:
    """Return what to call a source in a message."""
    return source.url or (f"Debian package {source.debian}" if source.debian else str(source.directory))
