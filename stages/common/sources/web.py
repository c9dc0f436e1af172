"""The files of a dataset from a web server.

Read with requests and not with pooch, which verifies the compressed bytes, reads whatever a server sends, and
waits for ever on one that sends a byte a second.
"""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import BadStatusLine
from types import FrameType

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from stages.common.errors import SourceError
from stages.common.sources.opening import CHUNK, Chunks, Opener

STALL_BYTES = 30 * 1024  # a server that sends less than this in the given seconds is given up
_NOT_THERE = (403, 404, 410)  # 403: object stores say so of a file that is not there


@contextmanager
def stall_guard(seconds: float) -> Iterator[Callable[[int], None]]:
    """Raise SourceError when fewer than STALL_BYTES arrive in `seconds`; give what counts arriving bytes.

    A timer, as one byte a second keeps a socket alive for ever: in the TLS handshake, the headers or the body.
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


@contextmanager
def opened_url(base: str, *, stall_seconds: float) -> Iterator[Opener]:
    """Give the opener of the files below a base URL."""
    retry = Retry(
        total=2, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), raise_on_status=False
    )
    with requests.Session() as session:
        session.headers["Accept-Encoding"] = "identity"
        session.mount("http://", HTTPAdapter(max_retries=retry))
        session.mount("https://", HTTPAdapter(max_retries=retry))

        @contextmanager
        def open_file(name: str) -> Iterator[Chunks]:
            url = f"{base.rstrip('/')}/{name}"
            with stall_guard(stall_seconds) as arrived, _named_http_errors():
                with _get(session, f"{url}.gz", stall_seconds) as response:
                    if response.status_code not in _NOT_THERE:
                        yield _response_chunks(response, arrived)
                        return
                with _get(session, url, stall_seconds) as response:
                    yield _response_chunks(response, arrived)

        yield open_file


def _get(session: requests.Session, url: str, seconds: float) -> requests.Response:
    try:
        return session.get(url, stream=True, timeout=seconds)
    except requests.RequestException:
        raise
    except ValueError as error:  # requests lets it out where a redirect leads to what is no URL
        raise SourceError(f"leads to what is no URL ({error})") from error


def _response_chunks(response: requests.Response, arrived: Callable[[int], None]) -> Chunks:
    urls = [step.url for step in (*response.history, response)]
    insecure = [url for url in urls if not url.startswith("https:")]
    if urls[0].startswith("https:") and insecure:
        raise SourceError(f"leads from https to {insecure[0]}")
    if response.status_code != requests.codes.ok:
        raise SourceError(f"HTTP status {response.status_code}")
    while chunk := response.raw.read1(CHUNK, decode_content=False):
        arrived(len(chunk))
        yield chunk


@contextmanager
def _named_http_errors() -> Iterator[None]:
    try:
        yield
    except requests.TooManyRedirects as error:
        raise SourceError("redirects without end") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        kind = "TLS: " if isinstance(error, requests.exceptions.SSLError) else ""
        raise SourceError(kind + _innermost(error)) from error


def _innermost(error: BaseException) -> str:
    """Return the text of the error at the bottom: the ones around it repeat it with the objects' addresses."""
    while below := next(
        (
            part
            for part in (getattr(error, "reason", None), *error.args)
            if isinstance(part, Exception)
        ),
        None,
    ):
        error = below
    text = re.sub(r"^<?[\w.]+\(.*?\)?>?: ", "", " ".join(str(error).split()))
    text = "".join(filter(str.isprintable, text))[
        :200
    ]  # it may quote the server, which may send anything
    return (
        f"the answer is not HTTP: {text}"
        if type(error) is BadStatusLine
        else text or type(error).__name__
    )
