"""Errors that a user can fix, and how a stage reports what stopped it.

A user sees one line (one for each wrong param) on standard error and an exit status, never a
traceback: tracebacks are kept for faults of our own.
"""

import atexit
import contextlib
import gc
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator


class PipelineError(Exception):
    """Base of the errors that a user can fix; its text says what, where and what to do."""


class ParamError(PipelineError):
    """params.yaml or one of its values is not allowed."""


class SourceError(PipelineError):
    """One source, or every source, failed to give a file of the dataset."""


class DataError(PipelineError):
    """A data, model or catalogue file does not hold what it must."""


class DeviceError(PipelineError):
    """The device that the param `device` asks for cannot be used."""


class TrainingError(PipelineError):
    """Training cannot go on, for example because the loss is not finite."""


def run_stage(
    name: str, main: Callable[[], None], *, on_stop: str = "nothing of this run is kept"
) -> None:
    """Run a stage's `main`; turn what stops it into one line and an exit status.

    Args:
        name: the stage.
        main: what it does.
        on_stop: what a stopped run leaves, for the line that SIGINT and SIGTERM print.

    The status is 1 for an error that the user can fix (bad input, a full disk, too little memory).
    For SIGINT and SIGTERM it is 128 plus the signal's number, as shells report it.
    """
    _end_at_once_on_signals(f"{name}: stopped: {on_stop}; `dvc repro` starts it again\n")
    # Python ends by searching all objects for cycles: 0.1 s where MXNet or matplotlib was imported.
    atexit.register(gc.freeze)
    try:
        with standard_streams():
            main()
    except PipelineError as error:
        sys.exit(f"{name}: {error}")
    except OSError as error:
        sys.exit(f"{name}: {describe(error)}; fix that, and `dvc repro` goes on from here")
    except MemoryError:
        sys.exit(f"{name}: out of memory; close other programs or use a smaller dataset")


@contextlib.contextmanager
def standard_streams() -> Iterator[None]:
    """Let a program print whatever started it, and raise OSError when that could not be written.

    A stream that is closed (`>&-`) becomes the null device. A character that the encoding of the
    terminal lacks is escaped.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)  # gets the closed stream's number
            os.set_inheritable(null, True)
            setattr(sys, name, os.fdopen(null, mode, encoding="utf-8"))
    # The streams themselves, since DVC wraps those of sys.stdout and sys.stderr.
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            # Python would try again when it ends, and show a traceback.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise


def describe(error: OSError) -> str:
    """Return what the system refused, and of which file, on one line."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _end_at_once_on_signals(line: str) -> None:
    """Let SIGINT and SIGTERM print `line` and end the process; ignored signals stay ignored.

    Files are replaced whole (files.py), so a stage may exit at once: there is nothing to tidy
    up, and no exception that other code could catch or hide.
    """

    def end(signum: int, _frame: object) -> None:
        os.write(sys.stderr.fileno(), line.encode())
        os._exit(128 + signum)

    for signum in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, end)
