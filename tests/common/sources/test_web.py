"""Tests of stages/common/sources/web.py: a real web server, valid and broken."""

import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from stages.common.sources.web import open_url
from tests.support.certificates import self_signed
from tests.support.fetching import BODY, GZ, NAME, assert_refused, collect_sockets, fetch_file
from tests.support.server import Answer, content, dripping, endless, raw, redirect, serving, status

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def chunked(body: bytes, size: int = 1000) -> bytes:
    """Return `body` in the chunks of HTTP/1.1."""
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


VALID: dict[str, dict[str, Answer | bytes]] = {
    "gzip": {f"{NAME}.gz": GZ},
    "plain": {NAME: BODY},
    "plain, where an object store answers 403 for a missing file": {
        f"{NAME}.gz": status(403),
        NAME: BODY,
    },
    "plain, where .gz is gone": {f"{NAME}.gz": status(410), NAME: BODY},
    "plain, compressed on the way without being asked": {
        NAME: content(GZ, Content_Encoding="gzip")
    },
    "a redirect": {f"{NAME}.gz": redirect("elsewhere"), "elsewhere": GZ},
    "no Content-Length": {f"{NAME}.gz": raw(OK, b"\r\n", GZ)},
    "chunks": {f"{NAME}.gz": raw(CHUNKED, chunked(GZ))},
}


@pytest.mark.parametrize("answers", VALID.values(), ids=VALID.keys())
def test_a_server_gives_the_file(answers: dict[str, Answer | bytes], target: Path) -> None:
    """The file may be compressed or not, and sent in any way of HTTP."""
    with serving(answers) as server, open_url(server.url) as opener:
        assert fetch_file(opener, target) == BODY
    assert [path.name for path in target.parent.iterdir()] == [NAME]


BAD_URL = "its URL, or one that it redirects to, is invalid"
BROKEN: dict[str, tuple[Answer | bytes, str]] = {  # what is served as NAME.gz, and the reason given
    "401": (status(401), "HTTP status 401"),
    "429": (status(429), "HTTP status 429"),
    "204": (content(b"", code=204), "HTTP status 204"),
    "206": (content(GZ[:100], code=206), "HTTP status 206"),
    "redirect to itself": (redirect(f"{NAME}.gz"), "Exceeded 30 redirects"),
    "redirect to a file of this machine": (redirect("file:///etc/passwd"), BAD_URL),
    "redirect to bytes": (raw(b"HTTP/1.1 302 Found\r\nLocation: http://\xff/\r\n\r\n"), BAD_URL),
    "redirect to half a URL": (raw(b"HTTP/1.1 302 Found\r\nLocation: http://[/\r\n\r\n"), BAD_URL),
    "web page": (b"<!DOCTYPE html><html>Sign in</html>", "a web page instead"),
    "empty": (b"", f"0 bytes; the catalogue says {len(BODY)}"),
    "zeros without end": (endless(OK + b"\r\n", bytes(65536)), f"more than {len(BODY)} bytes"),
    "headers without end": (endless(OK, b"A: b\r\n" * 999), "got more than 100 headers"),
    "a header without end": (endless(OK + b"A: ", b"b" * 65536), "got more than 65536 bytes"),
    "a status line without end": (
        endless(b"HTTP/1.1 200 ", b"b" * 65536),
        "got more than 65536 bytes when reading status line",
    ),
    "another protocol": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "the answer is not HTTP: SSH-2.0"),
    "terminal escapes": (raw(b"\x1b[2J\x07owned\r\n"), r"the answer is not HTTP: \[2Jowned$"),
    "nothing at all": (raw(), "Remote end closed connection"),
    "half the headers": (raw(OK, b"Content-Le"), "0 bytes"),
    "closed early": (
        raw(OK + b"Content-Length: %d\r\n\r\n" % len(GZ), GZ[:5000]),
        r"IncompleteRead\(5000 bytes read, \d+ more expected\)",
    ),
    "closed early, length unknown": (raw(OK, b"\r\n", GZ[:5000]), "truncated"),
    "Content-Length too great": (
        content(GZ, length=len(GZ) + 1),
        f"{len(GZ)} bytes read, 1 more expected",
    ),
    "Content-Length too small": (content(GZ, length=len(GZ) - 1), "truncated"),
    "two Content-Lengths": (
        raw(OK, b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", GZ),
        "unmatching values",
    ),
    "chunks of nonsense": (raw(CHUNKED, b"zz\r\n", GZ), "IncompleteRead"),
    "chunks cut short": (raw(CHUNKED, chunked(GZ)[:5000]), "IncompleteRead"),
}


@pytest.mark.parametrize(("answer", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_server_is_refused_in_one_line(
    answer: Answer | bytes, reason: str, target: Path
) -> None:
    """Whatever a server sends, the refusal gives the reason, and no file is left behind."""
    with serving({f"{NAME}.gz": answer}) as server, open_url(server.url) as opener:
        assert_refused(opener, target, reason)
    collect_sockets()  # requests leaves those of an invalid redirect open


@pytest.mark.parametrize("code", [500, 503])
def test_a_server_in_trouble_is_asked_again_and_then_refused(code: int, target: Path) -> None:
    """A 5xx status is tried three times, at once: the next source may work."""
    answer = content(b"", code=code, Retry_After="3600")
    with serving({f"{NAME}.gz": answer}) as server, open_url(server.url) as opener:
        assert_refused(opener, target, f"HTTP status {code}$")
        assert len(server.asked) == 3


def test_a_missing_file_is_asked_for_compressed_and_plain(target: Path) -> None:
    """404 for both names is refused, once each."""
    with serving({}) as server, open_url(server.url) as opener:
        assert_refused(opener, target, "HTTP status 404$")
        assert server.asked == [f"/data/{NAME}.gz", f"/data/{NAME}"]


STALLED = r"stalled: less than 30 KiB in 0\.6 s"
SLOW = {
    "a byte at a time": (dripping(OK + b"\r\n" + GZ[:5000], b"\0"), STALLED),
    "in chunks of a byte": (dripping(CHUNKED, b"1\r\n\0\r\n"), STALLED),
    "not at all": (dripping(b"", b"H", seconds=60), "timed out"),
    "not at all, after the headers": (
        dripping(OK + b"Content-Length: 9\r\n\r\n", b"H", seconds=60),
        "timed out",
    ),
}


@pytest.mark.parametrize(("answer", "reason"), SLOW.values(), ids=SLOW.keys())
def test_a_server_that_sends_next_to_nothing_is_abandoned(
    answer: Answer, reason: str, target: Path
) -> None:
    """A server that is silent, or sends a body below the minimum rate, is abandoned in time."""
    started = time.monotonic()
    with (
        serving({f"{NAME}.gz": answer}) as server,
        open_url(server.url, stall_seconds=0.6) as opener,
    ):
        assert_refused(opener, target, reason)
        assert time.monotonic() - started < 3
    collect_sockets()


def test_a_server_that_is_silent_in_the_handshake_is_abandoned(target: Path) -> None:
    """A TLS handshake that never ends is abandoned in time."""
    hello = bytes([22, 3, 3, 64, 0, 2, 0, 63, 252])  # the start of a ServerHello of 16 KiB
    started = time.monotonic()
    with serving({}, greeting=dripping(hello, b"\0", seconds=60)) as server:
        url = server.url.replace("http:", "https:")
        with open_url(url, stall_seconds=0.6) as opener:
            assert_refused(opener, target, "timed out")
        assert time.monotonic() - started < 3
    collect_sockets()


def steady(request: BaseHTTPRequestHandler) -> None:
    """Send BODY within 1.6 s, twice as fast as the minimum rate of 30 KiB in 0.5 s."""
    request.wfile.write(OK + b"\r\n")
    for start in range(0, len(BODY), 15 << 10):
        time.sleep(0.11)
        request.wfile.write(BODY[start : start + (15 << 10)])


def test_a_slow_but_steady_server_is_read_to_its_end(target: Path) -> None:
    """A transfer may take longer than the limit as long as enough bytes arrive within it."""
    with (
        serving({f"{NAME}.gz": steady}) as server,
        open_url(server.url, stall_seconds=0.5) as opener,
    ):
        assert fetch_file(opener, target) == BODY


def test_a_slow_reader_is_not_taken_for_a_slow_server() -> None:
    """The time that the caller takes for a chunk does not count."""
    small = dripping(OK + b"Content-Length: 40\r\n\r\n", b"a", seconds=0.01)
    with (
        serving({f"{NAME}.gz": small}) as server,
        open_url(server.url, stall_seconds=0.5) as opener,
    ):
        chunks = opener(NAME)
        start = next(chunks)
        time.sleep(0.6)
        assert start + b"".join(chunks) == b"a" * 40


def unknown_server(folder: Path) -> ssl.SSLContext:
    """Return the TLS settings of a server whose certificate no authority signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(folder / "server.pem"))
    return context


def test_tls_faults_are_refused(target: Path, tmp_path: Path) -> None:
    """A server with an unknown certificate, or without TLS, is refused and never asked."""
    with serving({}, tls=unknown_server(tmp_path)) as server, open_url(server.url) as opener:
        assert_refused(opener, target, ": TLS: certificate verify failed: self.signed certificate$")
        assert not server.asked
    with serving({}) as server, open_url(server.url.replace("http:", "https:")) as opener:
        reasons = "wrong version number|record layer failure|packet length"
        assert_refused(opener, target, f": TLS: .*({reasons})")
        assert not server.asked


def test_a_redirect_from_https_to_http_is_refused(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect away from TLS is refused, although the file behind it is the right one."""
    tls = unknown_server(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
    with serving({f"{NAME}.gz": GZ}) as plain:
        answers = {f"{NAME}.gz": redirect(f"{plain.url}/{NAME}.gz"), NAME: content(BODY)}
        with serving(answers, tls=tls) as server, open_url(server.url) as opener:
            assert_refused(opener, target, "redirects from https to http$")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:{port}/data", ": Connection refused$"),
        ("https://127.0.0.1:{port}", ": Connection refused$"),
        ("http://a-name-that-nobody-has.invalid/", ": cannot resolve the name$"),
        ("http://me:secret@127.0.0.1:99999", f": {BAD_URL}$"),
        ("http://", f": {BAD_URL}$"),
    ],
)
def test_a_server_that_is_not_there_is_refused(url: str, reason: str, target: Path) -> None:
    """A closed port, an unknown name and an invalid URL are refused in a few words."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with open_url(url.format(port=port)) as opener:
        assert_refused(opener, target, reason)
