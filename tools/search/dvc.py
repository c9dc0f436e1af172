"""What a search has DVC do: bring data/prepared, run experiments and remove them."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from stages.common.dataset import PREPARED
from stages.common.errors import DataError, PipelineError
from tools.runs.lock import LOCK, parse_lock

_GRACE = 10  # seconds in which a stopped DVC ends by itself


def bring_prepared() -> str:
    """Make data/prepared what params.yaml and the code ask for; return its digest in dvc.lock.

    It is taken as it is, from DVC's cache, from a remote, or made by the pipeline.

    Raises:
        DataError: none of these gives it; DVC has said why.
    """
    # Workers in one clone wait for each other. Where all is there, DVC says nothing.
    if not _run_dvc("--wait-for-lock", "status", "--quiet", "--with-deps", "preprocess") and (
        not _run_dvc("--wait-for-lock", "repro", "--pull", "preprocess")
    ):
        raise DataError("`dvc repro --pull preprocess` failed (see above)")
    return parse_lock(Path(LOCK).read_bytes()).written[str(PREPARED)]


def run_experiment(name: str, params: Mapping[str, object], log: Path, *, replace: bool) -> None:
    """Run an experiment from HEAD beside the working tree, which stays as it is.

    Args:
        name: of the experiment.
        params: those to set.
        log: a file for what DVC and the stages print.
        replace: whether an experiment of this name is there; it is removed first.

    Raises:
        PipelineError: it failed.
    """
    settings = [f"--set-param={key}={value}" for key, value in params.items()]
    with log.open("wb") as output:
        succeeded = (not replace or _run_dvc("exp", "remove", name, output=output)) and (
            _run_dvc("exp", "run", "--temp", "--name", name, *settings, output=output)
        )
    if not succeeded:
        reason = reason_of(log.read_text(encoding="utf-8", errors="replace"))
        raise PipelineError(f"{name} failed: {reason} (all that it printed: {log})")


def reason_of(log: str) -> str:
    """Return the line in which the program that failed says why; DVC's where none does."""
    said, error, after = log.partition("\nERROR: ")
    last = said.rstrip().rpartition("\n")[2]
    # Stages end with `train: why`, and Python with `ValueError: why`.
    if re.match(r"[\w.]+: ", last):
        return last
    return after.partition("\n")[0] if error else last


def _run_dvc(*command: str, output: IO[bytes] | None = None) -> bool:
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
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.terminate()
            raise
