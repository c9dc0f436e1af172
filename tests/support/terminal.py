"""Commands on a pseudo-terminal of 24 lines and 100 columns, as a person runs them."""

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.project import as_in_a_terminal


class Terminal:
    """A running command, in a session of its own."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=as_in_a_terminal,
        )
        os.close(theirs)
        self._shown = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the last process that held the terminal has ended
            while data := os.read(self._ours, 65536):
                self._shown += data

    def signal(self, number: int) -> None:
        """Send a signal to every process in the foreground, as the terminal's driver does."""
        os.killpg(self.process.pid, number)

    def type(self, text: str) -> None:
        """Type on the keyboard."""
        os.write(self._ours, text.encode())

    def wait(self) -> str:
        """Return what was shown, once every process on the terminal has ended."""
        self.process.wait(120)
        self._reader.join(120)
        assert not self._reader.is_alive(), "a process outlived the command"
        os.close(self._ours)
        return self._shown.decode()


@contextlib.contextmanager
def terminal(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> Iterator[Terminal]:
    """Give a running command, and kill it at the end if it still runs."""
    running = Terminal(command, cwd=cwd, environment=environment)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.signal(signal.SIGKILL)
            running.process.wait(60)


def run_on_terminal(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command and return its exit status and all that the terminal was sent."""
    with terminal(command, cwd=cwd, environment=environment) as running:
        shown = running.wait()
    return running.process.returncode, shown
