"""Tests of stages/common/errors.py: how a stage ends, seen from outside, in processes of their own."""

import signal
import subprocess
import sys

import pytest

from tests.support.project import ROOT

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from stages.common.errors import *
def main():
    print("working", flush=True)
    {body}
run_stage("bake", main)
"""


GO_ON = "; mend that, and `dvc repro` goes on from here\n"


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
def test_what_a_user_can_mend_is_said_without_a_traceback(body: str, message: str) -> None:
    """Bad input, the system's errors and lack of memory end the stage with status 1 and their text alone."""
    done = end(body)
    assert (done.returncode, done.stdout, done.stderr) == (1, "working\n", message)


def test_a_fault_of_our_own_keeps_its_traceback() -> None:
    """An error that no user can mend shows where it happened."""
    done = end("[][0]")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "IndexError" in done.stderr


def test_a_stage_that_ends_well_is_silent() -> None:
    """No error gives status 0 and nothing on standard error."""
    done = end("pass")
    assert (done.returncode, done.stderr) == (0, "")


SLEEPING = "import time; time.sleep(100)"
# Nearly always in a finalizer, where Python ignores what is raised; as in training, with MXNet's arrays.
FINALIZING = (
    "class Array:\n        def __del__(self): [0 for _ in range(1000)]\n    while True: Array()"
)


def stopped(body: str, number: signal.Signals, *when: str) -> tuple[int, str]:
    """Run a stage and send it a signal each time that it prints the next line of `when`; return status and standard error."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in when or ["working"]:
                while process.stdout.readline() != f"{line}\n":
                    assert process.poll() is None
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
    """SIGINT and SIGTERM end the stage with one line and 128 plus the signal's number, whatever it is doing."""
    assert stopped(body, number) == (128 + number, SAID)


CONSTRUCTING = """
    import time
    class Array:
        def __init__(self):
            print("constructing", flush=True)
            time.sleep(100)
            self.handle = 1
        def __del__(self): self.handle
    Array()
"""


@both_signals
def test_an_array_that_was_half_made_does_not_complain(number: signal.Signals) -> None:
    """The finalizer of MXNet's arrays wants what their constructor may not have come to; nobody sees its traceback."""
    assert stopped(CONSTRUCTING, number, "constructing") == (128 + number, SAID)


TIDYING = """
    import time
    try:
        print("trying", flush=True)
        time.sleep(100)
    finally:
        print("tidying", flush=True)
        time.sleep(0.5)
        print("tidied", file=sys.stderr)
"""


@both_signals
def test_a_second_signal_does_not_stop_the_tidying(number: signal.Signals) -> None:
    """People press Ctrl-C more than once; what the first one set going is done to its end."""
    assert stopped(TIDYING, number, "trying", "tidying") == (128 + number, f"tidied\n{SAID}")


ENDING = """
    import atexit, time
    atexit.register(lambda: (print("ending", flush=True), time.sleep(100)))
"""


@both_signals
def test_a_signal_after_the_work_ends_it_in_silence(number: signal.Signals) -> None:
    """While Python itself ends, which takes a moment when MXNet is loaded, a signal shows no traceback either."""
    assert stopped(ENDING, number, "ending") == (-number, "")
