"""How a tool ends: tests of tools/command.py, with real processes."""

import subprocess
import sys

import pytest

from tests.support.project import ROOT, as_in_a_terminal, clean_environment

READ = "from pathlib import Path; Path('nowhere').read_text()"
FULL = "open('/dev/full', 'w', buffering=1).write('more\\n')"
STOP = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
REFUSE = "from stages.common.errors import DataError; raise DataError('shoe.jpg: no shoe')"


def run_tool(body: str, *shell: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a tool that does what `body` says, its output going where the words in `shell` say."""
    lines = ("from tools.command import run_tool", f"main = lambda: exec({body!r})")
    tool = (sys.executable, "-c", "; ".join((*lines, "run_tool('tool', main)")))
    return subprocess.run(
        ["bash", "-c", f'"$@" {" ".join(shell)}', "bash", *tool],
        cwd=ROOT,
        env=clean_environment() | environment,
        capture_output=True,
        encoding="latin-1",
        check=False,
        preexec_fn=as_in_a_terminal,
    )


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        ("print('all is well')", 0, ""),
        (REFUSE, 1, "tool: shoe.jpg: no shoe\n"),
        (READ, 1, "tool: nowhere: No such file or directory; fix that and run it again\n"),
        (FULL, 1, "tool: No space left on device; fix that and run it again\n"),
        (STOP, 130, "tool: stopped\n"),
    ],
)
def test_what_stops_a_tool_is_one_line(body: str, status: int, line: str) -> None:
    """Bad input, a missing file, a full disk and Ctrl-C each end with a line and a status."""
    done = run_tool(body)
    assert (done.returncode, done.stderr) == (status, line)


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    """Piped into a command that ends early, as `head` does, a tool ends without a word."""
    done = run_tool("print('a line\\n' * 100_000)", "| head -n 1")
    assert (done.stdout, done.stderr) == ("a line\n", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_fault(closed: str) -> None:
    """A tool whose streams are closed does its work, and so do the programs that it starts."""
    started = f"subprocess.run([{sys.executable!r}, '-c', 'print(0, flush=True)'], check=True)"
    done = run_tool(f"import subprocess; print('all is well'); {started}", closed)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if closed in (">&-", "<&- >&- 2>&-") else "all is well\n0\n")


def test_an_output_that_takes_no_more_is_one_line() -> None:
    """Sent to a disk that is full, what a tool prints at its end is missed in one line."""
    done = run_tool("print('all is well')", ">/dev/full", PYTHONUNBUFFERED="")
    line = "tool: No space left on device; fix that and run it again\n"
    assert (done.returncode, done.stderr) == (1, line)


def test_what_a_terminal_cannot_show_is_escaped() -> None:
    """A letter or a file's name that the terminal's encoding lacks is printed as an escape."""
    body = "print('M\\xfcll', '\\u9ce5', '\\udc80')"
    done = run_tool(body, PYTHONIOENCODING="latin-1")
    assert (done.stdout, done.stderr) == ("M\xfcll \\u9ce5 \\udc80\n", "")
