"""A command run on a terminal of 24 lines of 100 characters, as a person sees it."""

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path


def run_on_terminal(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command and return its exit status and all that the terminal was sent."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**environment, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # how a pseudo-terminal ends
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
    return process.returncode, shown.decode()
