"""Writes to disk made to fail, one at a time: by strace's fault injection, and by a disk that is really full.

strace and not libfiu, whose preloaded library crashes Python (a double free) once MXNet is loaded.
"""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.results import Files, files_in, put_back, size
from tests.faults.signals import STAGES
from tests.support.project import Project

_SYSCALLS = "write,fsync,rename"
_HISTORY, _FIGURES = "plots/history.csv", "metrics/train.json"  # written anew after each epoch
_DISKS = {
    "download": "data/raw",
    "preprocess": "data/prepared",
    "train": "data/model",
    "evaluate": "plots",
}
# $1 the options of the disk, $2 the folder that it is mounted on, $3 the stage, $4 where to copy what is left
_ON_A_SMALL_DISK = """
mkdir -p "$2" && cp plots/history.csv "$4.csv" 2>/dev/null
mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
if [ "$3" = evaluate ]; then cp "$4.csv" plots/history.csv; fi
python -m "stages.$3"
status=$?
cp -a "$2" "$4"
exit $status
"""


@dataclass(frozen=True)
class Call:
    """A system call of a stage: the `number`-th of that name, from 1."""

    name: str
    number: int


def can_inject() -> bool:
    """Say whether strace is here and may trace."""
    return (
        bool(shutil.which("strace"))
        and not subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode
    )


def can_mount() -> bool:
    """Say whether a disk can be mounted, in a namespace of its own."""
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (
        bool(shutil.which("unshare"))
        and not subprocess.run(command, check=False, capture_output=True).returncode
    )


def write_calls(project: Project, stage: str) -> list[Call]:
    """Run a stage undisturbed and return its calls that write, flush or rename a file of the project."""
    log = project.folder.parent / f"{project.folder.name}.strace"
    project.run(
        "strace",
        "-qq",
        "-y",
        "-o",
        str(log),
        "-e",
        f"trace={_SYSCALLS}",
        "python",
        "-m",
        f"stages.{stage}",
    )
    seen: Counter[str] = Counter()
    calls = []
    for line in log.read_text(errors="replace").splitlines():
        if match := re.match(r"(\w+)\((.*)", line):
            name, arguments = match.groups()
            seen[name] += 1
            if name == "rename" or f"<{project.folder}/" in arguments.split(",")[0]:
                calls.append(Call(name, seen[name]))
    return calls


def run_failing(
    project: Project, stage: str, call: Call, error: str
) -> subprocess.CompletedProcess[str]:
    """Run a stage with one call failing with the errno named `error`, for example ENOSPC."""
    inject = f"inject={call.name}:error={error}:when={call.number}"
    strace = ("strace", "-qq", "-o", "/dev/null", "-e", f"trace={_SYSCALLS}", "-e", inject)
    return project.run(*strace, "python", "-m", f"stages.{stage}", status=None)


def assert_refused(
    stage: str, done: subprocess.CompletedProcess[str], left: Files, allowed: tuple[Files, Files]
) -> int:
    """Assert that a stage failed in one line and left only whole files: those before or those it makes.

    Returns:
        How many bytes were compared.
    """
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"{stage}: "), done.stderr
    for name, content in left.items():
        versions = [files[name] for files in allowed if name in files]
        of_an_epoch = any(
            _is_of_an_epoch(name, content, files) for files in allowed if _HISTORY in files
        )
        assert of_an_epoch or content in versions, f"{name} is neither the old one nor the new one"
    return size(left)


def _is_of_an_epoch(name: str, content: bytes, run: Files) -> bool:
    """Say whether a file is what train writes after an epoch of a run: whole, with the rows or the figures so far."""
    if name == _HISTORY:
        return content.endswith(b"\n") and run[name].startswith(content)
    if name != _FIGURES:
        return False
    figures = json.loads(content)
    row = run[_HISTORY].decode().splitlines()[figures["epochs_run"]]
    return row.startswith(f"{figures['epochs_run']},{figures['train_loss']:.6f},")


@dataclass(frozen=True)
class Stage:
    """A stage about to run again with another seed: the files before it, and those after it."""

    name: str
    before: Files
    after: Files
    calls: list[Call]


def stages_to_rerun(project: Project) -> Iterator[Stage]:
    """Run the pipeline and commit it; then give each stage with the next seed, ready to run in the project."""
    project.run("dvc", "repro")
    project.run("git", "add", "-A")
    project.run("git", "commit", "-qm", "Results")
    project.set_params(seed=1)
    for stage in STAGES:
        before = files_in(project, "data", "metrics", "plots")
        calls = write_calls(project, stage)
        after = files_in(project, "data", "metrics", "plots")
        put_back(project, before)
        yield Stage(stage, before, after, calls)
        put_back(project, after)


def fail_write(project: Project, stage: Stage, call: Call, error: str) -> int:
    """Make one call of a stage fail and assert that it is refused; return how many bytes were compared."""
    put_back(project, stage.before)
    done = run_failing(project, stage.name, call, error)
    return assert_refused(
        stage.name, done, files_in(project, "data", "metrics", "plots"), (stage.before, stage.after)
    )


def fill_disk(project: Project, stage: Stage, options: str) -> tuple[bool, int]:
    """Run a stage with its output folder on a disk of its own, for example "size=8k", and nothing on it.

    Assert that it writes everything, or that it is refused and leaves only whole files.

    Returns:
        Whether it was refused, and how many bytes were compared.
    """
    put_back(project, stage.before)
    folder, kept = _DISKS[stage.name], f"{project.folder}-kept"
    shutil.rmtree(kept, ignore_errors=True)
    shell = (
        "unshare",
        "-rm",
        "sh",
        "-c",
        _ON_A_SMALL_DISK,
        "sh",
        options,
        folder,
        stage.name,
        kept,
    )
    done = project.run(*shell, status=None)
    left = {
        f"{folder}/{path.relative_to(kept)}": path.read_bytes()
        for path in Path(kept).rglob("*")
        if path.is_file()
    }
    if done.returncode:
        return True, assert_refused(stage.name, done, left, (stage.before, stage.after))
    assert left == {
        name: content for name, content in stage.after.items() if name.startswith(f"{folder}/")
    }
    return False, size(left)
