"""A real web server on 127.0.0.1 that serves files, and misbehaves as it is told."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Answers one GET request; what it writes to `wfile` is all that the client gets.
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Serves `answers` by path, 404 elsewhere; `asked` lists the paths asked for, in order."""

    daemon_threads = True

    def __init__(
        self,
        answers: Mapping[str, Answer | bytes],
        *,
        tls: ssl.SSLContext | None,
        greeting: Answer | None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = dict(answers)
        self.greeting = greeting
        self.asked: list[str] = []
        self.stopping = threading.Event()
        self.host = f"127.0.0.1:{self.server_port}"
        self.url = f"{'https' if tls else 'http'}://{self.host}/data"
        self.tls = tls

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer a connection, in its own thread; shake hands first when the server speaks TLS."""
        if self.tls is None:
            super().finish_request(request, client_address)
        else:
            with self.tls.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients hang up on purpose."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def handle(self) -> None:
        if self.server.greeting:
            self.server.greeting(self)
        else:
            super().handle()

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path.removeprefix("/data/"), status(404))
        (content(answer) if isinstance(answer, bytes) else answer)(self)

    def log_message(self, *_args: object) -> None:
        """Keep the log empty."""


@contextmanager
def serving(
    answers: Mapping[str, Answer | bytes],
    *,
    tls: ssl.SSLContext | None = None,
    greeting: Answer | None = None,
) -> Iterator[Server]:
    """Serve `answers` at the server's `url` until the block ends.

    Args:
        answers: by file name; bytes are served as they are.
        tls: the settings of a server that speaks TLS.
        greeting: what the server sends to each connection instead of waiting for a request.
    """
    with Server(answers, tls=tls, greeting=greeting) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def content(body: bytes, *, code: int = 200, length: int | None = None, **headers: str) -> Answer:
    """Answer with `body`; `length` is the Content-Length when it shall be wrong."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def status(code: int) -> Answer:
    """Answer with an error page and this status."""
    return content(b"<html>no</html>", code=code)


def redirect(location: str) -> Answer:
    """Answer with a redirect."""
    return content(b"", code=302, Location=location)


def raw(*parts: bytes) -> Answer:
    """Answer with these very bytes, headers and all, and hang up."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        for part in parts:
            request.wfile.write(part)

    return answer


def dripping(start: bytes, drops: bytes, *, seconds: float = 0.1) -> Answer:
    """Answer with `start` at once, then with `drops` over and over, a byte every `seconds`."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        server = request.server
        assert isinstance(server, Server)
        while True:
            for drop in drops:
                if server.stopping.wait(seconds):
                    return
                request.wfile.write(bytes([drop]))

    return answer


def endless(start: bytes, block: bytes) -> Answer:
    """Answer with `start`, then with `block` for as long as the client listens."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        server = request.server
        assert isinstance(server, Server)
        while not server.stopping.is_set():
            request.wfile.write(block)

    return answer
