"""How the tools that people run end: with a status, and a line instead of a traceback."""

import atexit
import gc
import sys
from collections.abc import Callable
from typing import NoReturn

from stages.common.errors import PipelineError, describe, standard_streams


def run_tool(name: str, main: Callable[[], int | None], *, failed: int = 1) -> NoReturn:
    """Run a tool's `main` and end with the status that it returns.

    The status is `failed` after an error that the user can fix, and 130 after Ctrl-C, as shells
    report it.
    """
    atexit.register(gc.freeze)  # as in run_stage
    try:
        with standard_streams():
            status = main()
    except PipelineError as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(failed)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.exit(1)
    except OSError as error:
        print(f"{name}: {describe(error)}; fix that and run it again", file=sys.stderr)
        sys.exit(failed)
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        sys.exit(130)
    sys.exit(status)
