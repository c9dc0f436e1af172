"""Programs that run beside a test: servers, and the machines of a search."""

import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

LIMIT = 3600  # seconds after which a program is ended, even when the tests were killed


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass(frozen=True)
class Running:
    """A program that runs under `timeout`, so that it ends even when the tests are killed."""

    timeout: subprocess.Popen[bytes]
    log: Path

    def said(self, pattern: str, *, within: float = 150) -> re.Match[str]:
        """Wait until what the program said matches a pattern; return the match."""
        end = time.monotonic() + within
        while not (found := re.search(pattern, self.log.read_text(encoding="utf-8"))):
            assert self.timeout.poll() is None, (
                f"{self.log} ended: {self.log.read_text(encoding='utf-8')}"
            )
            assert time.monotonic() < end, (
                f"{self.log} lacks {pattern}: {self.log.read_text(encoding='utf-8')}"
            )
            time.sleep(0.05)
        return found

    def ended(self, *, within: float = 200) -> int:
        """Wait until the program ends; return its status."""
        return self.timeout.wait(within)


@contextmanager
def running(
    command: list[str],
    log: Path,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Run a program until the block ends; then SIGTERM ends it.

    Args:
        command: the program and its arguments.
        log: where what it prints goes.
        folder: its working directory.
        environment: its variables; None is those of the tests.
    """
    with log.open("wb") as out, ExitStack() as ending:
        timeout = subprocess.Popen(
            ["timeout", f"--kill-after={LIMIT}", str(LIMIT), *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        ending.callback(timeout.wait)
        ending.callback(timeout.send_signal, signal.SIGTERM)
        yield Running(timeout, log)
