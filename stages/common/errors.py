"""What can go wrong in a way that the user can mend, and how a stage says so.

A user sees one line (one for each wrong param) on standard error and exit status 1, never a traceback:
that is kept for faults of our own.
"""

import signal
import sys
from collections.abc import Callable
from types import FrameType


class PipelineError(Exception):
    """Base of the errors that a user can mend; its text says what, where and what to do."""


class ParamError(PipelineError):
    """params.yaml or one of its values is not allowed."""


class SourceError(PipelineError):
    """A file of the dataset could not be had from one source, or from any."""


class DataError(PipelineError):
    """A data, model or catalogue file does not hold what it must."""


class DeviceError(PipelineError):
    """The device that `device` asks for cannot be used."""


class TrainingError(PipelineError):
    """Training cannot go on, for example because the loss is not finite."""


def run_stage(name: str, main: Callable[[], None], *, on_interrupt: str = "nothing of this run is kept") -> None:
    """Run a stage's `main` and turn what stops it into one line and an exit status.

    Status 1 for an error that the user can mend (bad input, no space left, out of memory), 130 for
    Ctrl-C and 143 for SIGTERM (128 plus the signal's number, as shells report it).
    """

    def on_sigterm(_signum: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, on_sigterm)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # by stages/__init__.py, for the time of the imports
        signal.signal(signal.SIGINT, signal.default_int_handler)
    stopped = f"{name}: stopped by %s: {on_interrupt}; `dvc repro` starts it again"
    try:
        main()
    except PipelineError as error:
        sys.exit(f"{name}: {error}")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(f"{name}: {where}{error.strerror or error}; mend that, and `dvc repro` goes on from here")
    except MemoryError:
        sys.exit(f"{name}: out of memory; close other programs or use a smaller dataset")
    except KeyboardInterrupt:
        print(stopped % "Ctrl-C", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    except SystemExit as error:
        if error.code == 128 + signal.SIGTERM:
            print(stopped % "SIGTERM", file=sys.stderr)
        raise
