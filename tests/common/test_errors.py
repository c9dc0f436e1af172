"""How a stage ends, seen from outside, in processes of their own."""

import signal
import subprocess
import sys

import pytest

from tests.support.project import ROOT, clean_environment

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from stages.common.errors import *
def main():
    print("working", flush=True)
    {body}
run_stage("bake", main)
"""


GO_ON = "; fix that, and `dvc repro` goes on from here\n"


def end(body: str) -> subprocess.CompletedProcess[str]:
    """Run a stage whose main ends with `body`."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "raise DataError('flour: none is left; buy some')",
            "bake: flour: none is left; buy some\n",
        ),
        ("raise ParamError('a: wrong\\nb: wrong')", "bake: a: wrong\nb: wrong\n"),
        ("raise SourceError('no shop')", "bake: no shop\n"),
        ("open('no/such/file')", f"bake: no/such/file: No such file or directory{GO_ON}"),
        ("raise OSError(28, 'No space left on device')", f"bake: No space left on device{GO_ON}"),
        ("raise OSError('something')", f"bake: something{GO_ON}"),
        (
            "raise MemoryError",
            "bake: out of memory; close other programs or use a smaller dataset\n",
        ),
    ],
)
def test_what_a_user_can_fix_is_said_without_a_traceback(body: str, message: str) -> None:
    """Bad input, the system's errors and lack of memory end the stage with 1 and their text."""
    done = end(body)
    assert (done.returncode, done.stdout, done.stderr) == (1, "working\n", message)


def test_a_fault_of_our_own_keeps_its_traceback() -> None:
    """An error that no user can fix shows where it happened."""
    done = end("[][0]")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "IndexError" in done.stderr


def test_a_stage_that_ends_well_is_silent() -> None:
    """No error gives status 0 and nothing on standard error."""
    done = end("pass")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stage_prints_to_any_terminal_and_to_none() -> None:
    """What the terminal cannot show is escaped, and a closed standard output takes all."""
    program = PROGRAM.format(body="print('\\u9ce5')")
    shell = '"$1" -c "$2"; echo $?; "$1" -c "$2" >&-; echo $?'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", sys.executable, program],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("working\n\\u9ce5\n0\n0\n", "")


SLEEPING = "import time; time.sleep(100)"
# Nearly always in a finalizer, where Python ignores what is raised: training makes many arrays.
FINALIZING = (
    "class Array:\n        def __del__(self): [0 for _ in range(1000)]\n    while True: Array()"
)


def stopped(body: str, number: signal.Signals) -> tuple[int, str]:
    """Run a stage and send it a signal while it works; return its status and standard error."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "working\n"
            process.send_signal(number)
            _, printed = process.communicate(timeout=60)
        finally:
            process.kill()
    return process.returncode, printed


SAID = "bake: stopped: nothing of this run is kept; `dvc repro` starts it again\n"
both_signals = pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name
)


@pytest.mark.parametrize("body", [SLEEPING, FINALIZING], ids=["sleeping", "finalizing"])
@both_signals
def test_a_stopped_stage_says_what_becomes_of_its_work(number: signal.Signals, body: str) -> None:
    """SIGINT and SIGTERM end the stage with one line and 128 plus the signal's number."""
    assert stopped(body, number) == (128 + number, SAID)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_ignored_signals_stay_ignored(number: str) -> None:
    """A signal that whoever started the stage ignores, as nohup and `&` do, does not end it."""
    program = PROGRAM.format(body=f"signal.raise_signal(signal.{number}); print('still working')")
    program = program.replace(
        "signal.SIGINT, signal.default_int_handler", f"signal.{number}, signal.SIG_IGN"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "working\nstill working\n", "")
