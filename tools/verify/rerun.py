"""Every stage run in a clone of its own, with a record of the params and modules that it used."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from stages.common.errors import PipelineError
from tools.runs.lock import LOCK, parse_lock

WATCH = Path(__file__).with_name("watch.py")
_PACKAGES = "requirements/base.lock"
_FOREIGN = ("DVC_", "GIT_", "PYTHON")  # settings of whoever starts this


class RerunError(PipelineError):
    """The stages cannot be run here, so that nothing can be said of the results."""


def check_packages(folder: Path) -> None:
    """Raise RerunError unless the packages of the clone in `folder` are installed."""
    path = folder / _PACKAGES
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for line in lines:
        if re.match(r"[a-z0-9].*==", line):
            wanted = Requirement(line.rstrip(" \\"))
            if wanted.marker is None or wanted.marker.evaluate():
                _check_package(wanted)


def _check_package(wanted: Requirement) -> None:
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        found = "missing"
    if not wanted.specifier.contains(found if found != "missing" else "0", prereleases=True):
        raise RerunError(
            f"{_PACKAGES} asks for {wanted.name}{wanted.specifier}, which is {found} here; "
            "check that revision out and run `make setup` (GPU=0 if it was set up for GPUs)"
        )


def rerun(folder: Path, raw: Path | None) -> None:
    """Run every stage in the clone in `folder`; what they print goes to standard error.

    Args:
        folder: the clone.
        raw: a folder with the raw data; None lets the stage download look for it.

    Raises:
        RerunError: a stage failed.
    """
    used = folder.with_name("used")
    used.mkdir()
    _write_python(folder.with_name("bin"), used)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    environment |= {
        "PATH": f"{folder.with_name('bin')}{os.pathsep}{environment['PATH']}",
        "SHELL": "/bin/sh",  # DVC takes the user's, whose start-up files may change PATH
        "DVC_SITE_CACHE_DIR": str(folder.with_name("site-cache")),
    }
    if raw:
        environment["DATASET_SOURCE"] = str(raw)
    command = [sys.executable, "-m", "dvc", "repro", "--force", "--quiet"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=sys.stderr, start_new_session=True
    ) as process:
        try:
            status = process.wait()
        except BaseException:
            # Stages too: their folder is about to go.
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if status:
        raise RerunError("a stage failed (see above), so the results cannot be verified")


def _write_python(folder: Path, used: Path) -> None:
    """Write the program `python` that the stages' commands find first: it watches `-m MODULE`."""
    folder.mkdir()
    python, watch, record = (shlex.quote(str(path)) for path in (sys.executable, WATCH, used))
    script = f"""\
#!/bin/sh
if [ "$#" = 2 ] && [ "$1" = -m ]; then exec {python} {watch} {record} "$@"; fi
exec {python} "$@"
"""
    (folder / "python").write_text(script, encoding="utf-8")
    (folder / "python").chmod(0o755)


def unnamed(folder: Path) -> list[str]:
    """Return what the stages used in `rerun` and dvc.yaml does not name, for people."""
    found = []
    for name, stage in parse_lock((folder / LOCK).read_bytes()).stages.items():
        path = folder.with_name("used") / f"stages.{name}.json"
        if not path.exists():  # its command does not run a module of Python
            continue
        used = json.loads(path.read_text(encoding="utf-8"))
        params = {param for file in stage.params.values() for param in file}
        deps = tuple(dep.path for dep in stage.deps)
        found += [f"{name} reads the param {p}" for p in used["params"] if p not in params]
        found += [f"{name} imports {m}" for m in used["modules"] if not _is_in(m, deps)]
    return found


def _is_in(module: str, deps: tuple[str, ...]) -> bool:
    # The packages' own files hold a docstring and nothing else.
    return module.endswith("__init__.py") or any(
        module == dep or module.startswith(f"{dep}/") for dep in deps
    )
