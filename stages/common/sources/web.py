"""Files from a web server."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import BadStatusLine

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, ProxyError, SSLError
from urllib3.util import Retry

from stages.common.errors import SourceError
from stages.common.sources.stream import CHUNK_BYTES, Chunks, Opener

_CONNECT_SECONDS = 10
_STALL_BYTES = 30 * 1024  # the least that must arrive in `stall_seconds`
_NOT_THERE = (403, 404, 410)  # object stores answer 403 for a file that does not exist


@contextmanager
def open_url(base: str, *, stall_seconds: float = 30) -> Iterator[Opener]:
    """Give the opener of the files below a base URL.

    Args:
        base: the URL of the folder; it may hold NAME.gz or NAME.
        stall_seconds: how long the server may send nothing, or less than _STALL_BYTES of a body.

    Not bounded: a server that sends its handshake, headers or chunk sizes byte by byte, since each
    byte restarts the timeout of the socket. Ctrl-C ends the wait.
    """
    retry = Retry(
        total=2,
        connect=0,
        read=0,
        status_forcelist=(500, 502, 503, 504),
        raise_on_status=False,
        backoff_factor=0.5,
        respect_retry_after_header=False,  # it may ask for an hour
    )
    timeout = (min(_CONNECT_SECONDS, stall_seconds), stall_seconds)
    with requests.Session() as session:
        session.headers["Accept-Encoding"] = "identity"
        session.mount("http://", HTTPAdapter(max_retries=retry))
        session.mount("https://", HTTPAdapter(max_retries=retry))

        def get(url: str) -> requests.Response:
            return session.get(url, stream=True, timeout=timeout)

        def read_file(name: str) -> Chunks:
            url = f"{base.rstrip('/')}/{name}"
            try:
                with get(f"{url}.gz") as response:
                    if response.status_code not in _NOT_THERE:
                        yield from _read_body(response, stall_seconds)
                        return
                with get(url) as response:
                    yield from _read_body(response, stall_seconds)
            except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
                raise SourceError(_describe(error)) from error

        yield read_file


def _read_body(response: requests.Response, stall_seconds: float) -> Chunks:
    is_secure = [step.url.startswith("https:") for step in (*response.history, response)]
    if is_secure[0] and not all(is_secure):
        raise SourceError("redirects from https to http")
    if response.status_code != requests.codes.ok:
        raise SourceError(f"HTTP status {response.status_code}")
    received, waited = 0, 0.0  # since the rate was last checked
    while True:
        started = time.monotonic()
        chunk = response.raw.read1(CHUNK_BYTES, decode_content=False)
        waited += time.monotonic() - started  # the time that the caller takes does not count
        if not chunk:
            return
        received += len(chunk)
        if waited >= stall_seconds:
            if received < _STALL_BYTES:
                least = f"{_STALL_BYTES >> 10} KiB in {stall_seconds:g} s"
                raise SourceError(f"stalled: less than {least}")
            received, waited = 0, 0.0
        yield chunk


def _describe(error: Exception) -> str:
    """Return an error of requests or urllib3 in a few words."""
    is_of_http = isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError)
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema) or not is_of_http:
        return "its URL, or one that it redirects to, is invalid"
    place = "TLS: " if isinstance(error, SSLError) else ""
    place = "proxy: " if isinstance(error, ProxyError) else place
    # The error at the bottom: those around it only repeat its text.
    bottom: BaseException = error
    while below := _cause(bottom):
        bottom = below
    if isinstance(bottom, socket.gaierror):
        return f"{place}cannot resolve the name"
    if isinstance(bottom, ConnectionError) and bottom.strerror:
        return place + bottom.strerror
    place = "the answer is not HTTP: " if type(bottom) is BadStatusLine else place
    text = re.sub(r"^\[SSL.*?\] | \(_ssl\.c:\d+\)$", "", " ".join(str(bottom).split()))
    text = "".join(filter(str.isprintable, text))[:200]  # it may quote what the server sent
    return place + (text or type(bottom).__name__)


def _cause(error: BaseException) -> BaseException | None:
    causes = (getattr(error, "reason", None), *error.args, error.__cause__)
    return next((cause for cause in causes if isinstance(cause, BaseException)), None)
