"""How the tools that people run end: with a status, and a line instead of a traceback."""

import sys
from collections.abc import Callable
from typing import NoReturn

from stages.common.errors import PipelineError, describe, standard_streams


def run_tool(name: str, main: Callable[[], int | None]) -> NoReturn:
    """Run a tool's `main` and end with the status that it returns.

    The status is 1 after an error that the user can fix, and 130 after Ctrl-C, as shells report it.
    """
    try:
        with standard_streams():
            status = main()
    except PipelineError as error:
        sys.exit(f"{name}: {error}")
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.exit(1)
    except OSError as error:
        sys.exit(f"{name}: {describe(error)}; fix that and run it again")
    except KeyboardInterrupt:
        print(f"{name}: stopped", file=sys.stderr)
        sys.exit(130)
    sys.exit(status)
