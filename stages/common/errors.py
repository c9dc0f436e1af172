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


class _Stopped(BaseException):
    """SIGINT or SIGTERM came. No Exception, so that nothing on the way takes it for a fault."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def _on_stop(handler: signal.Handlers | Callable[[int, FrameType | None], None]) -> None:
    """Let `handler` answer SIGINT and SIGTERM; what is ignored, by whoever started us or since it came once, stays so."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def _stop(signum: int, frame: FrameType | None) -> None:
    """Raise _Stopped, but not in a finalizer: what is raised there Python prints and ignores, and the run would go on.

    MXNet has a finalizer for each array, several in each step of training; then the signal is taken up a moment later.
    """
    while frame:
        if frame.f_code.co_name == "__del__":
            signal.signal(signal.SIGVTALRM, lambda *_: signal.raise_signal(signum))
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.001)
            return
        frame = frame.f_back
    _on_stop(
        signal.SIG_IGN
    )  # people press Ctrl-C twice, and the second must not stop the tidying up
    sys.unraisablehook = lambda _unraisable: (
        None
    )  # the finalizer of an array that was half made would print a traceback
    raise _Stopped(signum)


def run_stage(
    name: str, main: Callable[[], None], *, on_interrupt: str = "nothing of this run is kept"
) -> None:
    """Run a stage's `main` and turn what stops it into one line and an exit status.

    Status 1 for an error that the user can mend (bad input, no space left, out of memory); for a signal, 128 plus its
    number, as shells report it: 143 for SIGTERM, which is also what stages/run.sh makes of Ctrl-C.
    """
    try:
        _on_stop(_stop)
        main()
    except PipelineError as error:
        sys.exit(f"{name}: {error}")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(
            f"{name}: {where}{error.strerror or error}; mend that, and `dvc repro` goes on from here"
        )
    except MemoryError:
        sys.exit(f"{name}: out of memory; close other programs or use a smaller dataset")
    except _Stopped as stopped:
        print(f"{name}: stopped: {on_interrupt}; `dvc repro` starts it again", file=sys.stderr)
        sys.exit(128 + stopped.signum)
    finally:
        _on_stop(signal.SIG_DFL)  # while Python ends there is nothing left to tidy up
