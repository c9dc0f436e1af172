"""Tests of stages/common/sources/web.py: a real web server, sound and broken."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from stages.common.sources.web import opened_url
from tests.support.fetching import BODY, GZ, NAME, assert_refused, collect_sockets, fetched, flipped
from tests.support.server import Answer, content, dripping, endless, raw, redirect, serving, status

OK = b"HTTP/1.1 200 OK\r\n"


def length(body: bytes, size: int | None = None) -> bytes:
    """Return a whole response with `body`, its Content-Length `size`."""
    return OK + b"Content-Length: %d\r\n\r\n" % (len(body) if size is None else size) + body


def chunked(body: bytes, size: int = 1000) -> bytes:
    """Return `body` in the chunks of HTTP/1.1."""
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


SOUND: dict[str, dict[str, Answer | bytes]] = {
    "gzip": {f"{NAME}.gz": GZ},
    "plain": {NAME: BODY},
    "gzip of several members": {
        f"{NAME}.gz": gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]) + gzip.compress(b"")
    },
    "plain, where an object store says 403 of what is not there": {
        f"{NAME}.gz": status(403),
        NAME: BODY,
    },
    "plain, in a folder where .gz is gone": {f"{NAME}.gz": status(410), NAME: BODY},
    "plain, compressed on the way though nobody asked": {
        NAME: content(GZ, Content_Encoding="gzip")
    },
    "a redirect": {f"{NAME}.gz": redirect("elsewhere"), "elsewhere": GZ},
    "no Content-Length": {f"{NAME}.gz": raw(OK, b"\r\n", GZ)},
    "chunks": {
        f"{NAME}.gz": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunked(GZ))
    },
}


@pytest.mark.parametrize("answers", SOUND.values(), ids=SOUND.keys())
def test_a_sound_server_gives_the_file(answers: dict[str, Answer | bytes], target: Path) -> None:
    """The file is had compressed or not, in whatever way HTTP carries it."""
    with serving(answers) as server, opened_url(server.url, stall_seconds=30) as opener:
        assert fetched(opener, target) == BODY
    assert [path.name for path in target.parent.iterdir()] == [NAME]


BROKEN: dict[str, tuple[Answer | bytes, str]] = {  # what is served as NAME.gz, and the reason given
    "401": (status(401), "HTTP status 401"),
    "429": (status(429), "HTTP status 429"),
    "204": (content(b"", code=204), "HTTP status 204"),
    "206": (content(GZ[:100], code=206), "HTTP status 206"),
    "redirect to itself": (redirect(f"{NAME}.gz"), "redirects without end"),
    "redirect to a file of this machine": (
        redirect("file:///etc/passwd"),
        "No connection adapters",
    ),
    "web page": (b"<!DOCTYPE html><html>Sign in</html>", "a web page came"),
    "web page after line breaks": (b"\r\n\r\n <html>Sign in</html>", "a web page came"),
    "compressed web page": (gzip.compress(b"<html>Sign in</html>"), "a web page came"),
    "empty": (b"", f"0 bytes came; the catalogue says {len(BODY)}"),
    "gzip of nothing": (gzip.compress(b""), f"0 bytes came; the catalogue says {len(BODY)}"),
    "truncated to 1 byte": (GZ[:1], f"1 bytes came; the catalogue says {len(BODY)}"),
    "truncated to the magic number": (GZ[:2], "truncated"),
    "truncated in the gzip header": (GZ[:7], "truncated"),
    "truncated after the gzip header": (GZ[:10], "truncated"),
    "truncated in the middle": (GZ[: len(GZ) // 2], "truncated"),
    "truncated before the checksum": (GZ[:-8], "truncated"),
    "truncated by a byte": (GZ[:-1], "truncated"),
    "truncated plain": (BODY[:-1], f"{len(BODY) - 1} bytes came; the catalogue says {len(BODY)}"),
    "bit flipped in the magic number": (flipped(GZ, 1), "more than .* bytes came"),
    "bit flipped in the compression method": (flipped(GZ, 2), "damaged gzip data"),
    "bit flipped in the middle": (
        flipped(GZ, len(GZ) // 2),
        "damaged gzip data .*incorrect data check",
    ),
    "bit flipped in the checksum": (
        flipped(GZ, len(GZ) - 6),
        "damaged gzip data .*incorrect data check",
    ),
    "bit flipped in the length": (
        flipped(GZ, len(GZ) - 2),
        "damaged gzip data .*incorrect length check",
    ),
    "bit flipped in a plain file": (
        flipped(BODY, 1000),
        "SHA-256 is [0-9a-f]{64}; the catalogue says [0-9a-f]{64}",
    ),
    "another file of the same size": (gzip.compress(bytes(len(BODY))), "SHA-256 is"),
    "a smaller file": (
        gzip.compress(BODY[:-1]),
        f"{len(BODY) - 1} bytes came; the catalogue says {len(BODY)}",
    ),
    "a greater file": (gzip.compress(BODY + b"\0"), f"more than {len(BODY)} bytes came"),
    "gzip bomb": (gzip.compress(bytes(50_000_000)), f"more than {len(BODY)} bytes came"),
    "gzip in gzip": (gzip.compress(GZ), "more than .* bytes came"),
    "text after the gzip data": (GZ + b"and more", "bytes follow the gzip data"),
    "zeros after the gzip data": (GZ + bytes(512), "bytes follow the gzip data"),
    "half a member after the gzip data": (GZ + GZ[:1], "truncated"),
    "bytes after a plain file": (BODY + b"\n", f"more than {len(BODY)} bytes came"),
    "empty members without end": (
        endless(OK + b"\r\n", gzip.compress(b"") * 999),
        "sends more than the file can be",
    ),
    "zeros without end": (endless(OK + b"\r\n", bytes(65536)), f"more than {len(BODY)} bytes came"),
    "headers without end": (endless(OK, b"A: b\r\n" * 999), "got more than 100 headers"),
    "a header without end": (endless(OK + b"A: ", b"b" * 65536), "got more than 65536 bytes"),
    "a status line without end": (
        endless(b"HTTP/1.1 200 ", b"b" * 65536),
        "got more than 65536 bytes when reading status line",
    ),
    "another protocol": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "the answer is not HTTP: SSH-2.0"),
    "terminal escapes": (raw(b"\x1b[2J\x07owned\r\n"), r"the answer is not HTTP: \[2Jowned$"),
    "nothing at all": (raw(), "Remote end closed connection"),
    "half the headers": (raw(OK, b"Content-Le"), "0 bytes came"),
    "closed early": (
        raw(length(GZ, len(GZ))[: len(GZ) // 2]),
        r"IncompleteRead\(\d+ bytes read, \d+ more expected\)",
    ),
    "closed early, length unknown": (raw(OK, b"\r\n", GZ[:5000]), "truncated"),
    "Content-Length too great": (
        content(GZ, length=len(GZ) + 1),
        f"{len(GZ)} bytes read, 1 more expected",
    ),
    "Content-Length too small": (content(GZ, length=len(GZ) - 1), "truncated"),
    "Content-Length of a web page": (content(b"<p>", length=10**15), "a web page came"),
    "two Content-Lengths": (
        raw(OK, b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", GZ),
        "unmatching values",
    ),
    "chunks of nonsense": (
        raw(OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", GZ),
        "IncompleteRead",
    ),
    "chunks cut short": (
        raw(OK, b"Transfer-Encoding: chunked\r\n\r\n", chunked(GZ)[:5000]),
        "IncompleteRead",
    ),
}


@pytest.mark.parametrize(("answer", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_server_is_refused_in_one_line(
    answer: Answer | bytes, reason: str, target: Path
) -> None:
    """Whatever a server sends, the refusal names the file and the reason, and no file is left behind."""
    with (
        serving({f"{NAME}.gz": answer}) as server,
        opened_url(server.url, stall_seconds=30) as opener,
    ):
        assert_refused(opener, target, reason)


@pytest.mark.parametrize("location", [b"http://\xff\xfe/", b"http://[/"])
def test_a_redirect_to_what_is_no_url_is_refused(location: bytes, target: Path) -> None:
    """A redirect that requests itself stumbles over is refused like any other failure."""
    answer = raw(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n")
    with (
        serving({f"{NAME}.gz": answer}) as server,
        opened_url(server.url, stall_seconds=30) as opener,
    ):
        assert_refused(opener, target, "leads to what is no URL")
    collect_sockets()  # requests leaves this one open


@pytest.mark.parametrize("code", [500, 503])
def test_a_server_in_trouble_is_asked_again_and_then_refused(code: int, target: Path) -> None:
    """A 5xx status is tried three times in all."""
    with (
        serving({f"{NAME}.gz": status(code)}) as server,
        opened_url(server.url, stall_seconds=30) as opener,
    ):
        assert_refused(opener, target, f"HTTP status {code}$")
        assert len(server.asked) == 3


def test_a_file_that_is_not_there_is_asked_for_compressed_and_plain(target: Path) -> None:
    """404 for both names is refused, once each."""
    with serving({}) as server, opened_url(server.url, stall_seconds=30) as opener:
        assert_refused(opener, target, "HTTP status 404$")
        assert server.asked == [f"/data/{NAME}.gz", f"/data/{NAME}"]


DRIPS = {
    "in the status line": dripping(b"", b"H"),
    "in the headers": dripping(OK, b"A: b\r\n"),
    "in the body": dripping(OK + b"\r\n" + GZ[:5000], b"\0"),
    "in interim answers": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", seconds=0.01),
    "in chunks": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n\0\r\n"),
    "not at all": dripping(b"", b"H", seconds=60),
    "not at all, after the headers": dripping(OK + b"Content-Length: 9\r\n\r\n", b"H", seconds=60),
    "with a plea to come back later": content(b"", code=503, Retry_After="3600"),
}


@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS.keys())
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(answer: Answer, target: Path) -> None:
    """A server that keeps the connection alive and sends next to nothing is given up, wherever it does so."""
    with (
        serving({f"{NAME}.gz": answer}) as server,
        opened_url(server.url, stall_seconds=0.6) as opener,
    ):
        assert_refused(opener, target, r"stalled: less than 30720 bytes in 0\.6 s|Read timed out")


def test_a_server_that_never_answers_the_handshake_is_given_up(target: Path) -> None:
    """TLS to a port that accepts and says nothing ends as a stall."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/data"
        with opened_url(url, stall_seconds=0.6) as opener:
            assert_refused(opener, target, "stalled|timed out")
    collect_sockets()  # the alarm strikes inside the ssl module, which leaves its socket open


def test_a_slow_but_steady_server_is_not_given_up(target: Path) -> None:
    """A transfer that takes longer than the limit is fine as long as bytes keep coming."""
    blocks = [GZ[i : i + 20_000] for i in range(0, len(GZ), 20_000)]

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(OK + b"\r\n")
        for block in blocks:
            time.sleep(0.2)
            request.wfile.write(block)

    started = time.monotonic()
    with (
        serving({f"{NAME}.gz": answer}) as server,
        opened_url(server.url, stall_seconds=1.5) as opener,
    ):
        assert fetched(opener, target) == BODY
    assert time.monotonic() - started > 1.5  # else the test shows nothing


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return the TLS settings of a server whose certificate for 127.0.0.1 nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1)
        )
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_tls_faults_are_refused(target: Path, tmp_path: Path) -> None:
    """A certificate that nobody vouches for, and a port without TLS, are refused; the file is never asked for."""
    with (
        serving({f"{NAME}.gz": GZ}, tls=self_signed(tmp_path)) as server,
        opened_url(server.url, stall_seconds=30) as opener,
    ):
        assert_refused(opener, target, "TLS: .*certificate verify failed: self.signed certificate")
        assert not server.asked
    with serving({f"{NAME}.gz": GZ}) as server:
        with opened_url(server.url.replace("http:", "https:"), stall_seconds=30) as opener:
            assert_refused(
                opener, target, "TLS: .*(wrong version number|record layer failure|packet length)"
            )
        assert not server.asked


def test_https_that_leads_to_http_is_refused(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect away from TLS is refused, although the file behind it would be the right one."""
    tls = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
    with serving({f"{NAME}.gz": GZ}) as plain:
        answers: dict[str, Answer | bytes] = {
            f"{NAME}.gz": redirect(f"{plain.url}/{NAME}.gz"),
            NAME: BODY,
        }
        with (
            serving(answers, tls=tls) as server,
            opened_url(server.url, stall_seconds=30) as opener,
        ):
            assert_refused(opener, target, "leads from https to http://127")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/data",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:99999",
        "http://",
    ],
)
def test_a_server_that_is_not_there_is_refused(url: str, target: Path) -> None:
    """A closed port and a URL that is none are refused in one line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with opened_url(url.format(port=port), stall_seconds=30) as opener:
        assert_refused(
            opener, target, r"Connection refused|Failed to parse|No host supplied|Invalid URL"
        )
