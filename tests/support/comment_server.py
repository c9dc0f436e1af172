"""A server that keeps the comments of a pull request as GitHub's API does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dev.comment import AUTHOR

TOKEN = "a-token"


class Server(ThreadingHTTPServer):
    """Comments of pull request 7 of owner/name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[Any] = []
        self.answer: object = None  # given for the list of comments, if set
        self.breaks_off = False  # answers end before the length that they announce

    def add(self, body: str, author: str = "somebody") -> dict[str, Any]:
        """Add a comment."""
        self.comments.append(
            {"id": len(self.comments) + 1, "body": body, "user": {"login": author}}
        )
        return self.comments[-1]


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: int(values[0]) for name, values in parse_qs(address.query).items()}
        start = (query["page"] - 1) * query["per_page"]
        listed = self.server.comments[start : start + query["per_page"]]
        known = address.path == "/repos/owner/name/issues/7/comments"
        self._answer(known, self.server.answer or listed)

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.path == "/repos/owner/name/issues/7/comments"
        self._answer(known, self.server.add(content["body"], AUTHOR) if known else None)

    def do_PATCH(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = [
            c
            for c in self.server.comments
            if self.path == f"/repos/owner/name/issues/comments/{c['id']}"
        ]
        for comment in found:
            comment["body"] = content["body"]
        self._answer(bool(found), found)

    def _answer(self, known: bool, content: object) -> None:
        status = 200 if known else 404
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status = 401
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + self.server.breaks_off))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the tests' output clean."""


@contextmanager
def comment_server() -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1."""
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


def workflow_environment(server: Server) -> dict[str, str]:
    """Return the variables that GitHub Actions and the workflow set for the comment."""
    return {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_RUN_ID": "12",
        "PAGE": "34",
        "PULL_REQUEST": "7",
    }
