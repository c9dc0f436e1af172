"""Run DVC's commands, so that a search that is stopped does not leave them behind half done."""

import subprocess
import sys
from typing import IO

_PATIENCE = 10  # seconds in which a stopped DVC ends by itself


def run_dvc(*command: str, output: IO[bytes] | int | None = None) -> bool:
    """Run a command of DVC; return whether it succeeded.

    Args:
        command: the words after `dvc`.
        output: where what it prints goes; None leaves it on the terminal.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "dvc", *command], stdout=output, stderr=output
    ) as process:
        try:
            return process.wait() == 0
        except BaseException:
            # Ctrl-C on a terminal has reached DVC as well, and DVC tidies up.
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.terminate()
            raise
