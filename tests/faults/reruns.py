"""Stages that are about to run again, and the two faults that a rerun must survive.

A stage can be killed at any moment, and any of its writes can fail (strace injects the error). It
then leaves whole files only, and the next run gives the bytes of an undisturbed one.
"""

import json
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.project import Project, as_in_a_terminal
from tests.support.results import (
    STAGES,
    Files,
    differences,
    outputs,
    replace_outputs,
    temporary_files,
)

_TRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=write,fsync,rename")
_HISTORY, _FIGURES = "plots/history.csv", "metrics/train.json"  # train writes them after each epoch


@dataclass(frozen=True)
class Rerun:
    """A stage with changed params: the outputs before it runs, and those that it makes."""

    project: Project
    stage: str
    before: Files
    after: Files
    seconds: float  # that it takes

    @property
    def command(self) -> tuple[str, ...]:
        """Return the command that runs the stage."""
        return ("python", "-m", f"stages.{self.stage}")

    def prepare(self) -> None:
        """Put the outputs before the stage in place."""
        replace_outputs(self.project, self.before)

    def assert_whole(self) -> None:
        """Fail unless each file is whole: that of before, that of after, or that of an epoch."""
        found = outputs(self.project)
        for name in temporary_files(self.project.folder):
            del found[name]
        for name, content in found.items():
            known = content in (self.before.get(name), self.after.get(name))
            assert known or self._is_of_an_epoch(name, content), f"{name}: {content!r}"

    def _is_of_an_epoch(self, name: str, content: bytes) -> bool:
        if name == _HISTORY:
            return content.endswith(b"\n") and self.after[name].startswith(content)
        return name == _FIGURES and json.loads(content)["epochs_run"] > 0

    def assert_repeats(self) -> None:
        """Run the stage; fail unless it leaves the files of an undisturbed run and no other."""
        self.project.run(*self.command)
        assert not differences(outputs(self.project), self.after)


def reruns(project: Project) -> Iterator[Rerun]:
    """Yield each stage about to run with another seed, in a project where the pipeline has run."""
    project.set_params(seed=1)
    for stage in STAGES:
        before = outputs(project)
        if stage == "download":  # no param changes what it writes
            before = {name: content for name, content in before.items() if "raw/" not in name}
        replace_outputs(project, before)
        started = time.monotonic()
        project.run("python", "-m", f"stages.{stage}")
        yield Rerun(project, stage, before, outputs(project), time.monotonic() - started)


def kill(rerun: Rerun, by: signal.Signals, seconds: float) -> bool:
    """Send the stage a signal, check what is left, and return whether the stage was running."""
    rerun.prepare()
    with subprocess.Popen(
        rerun.command,
        cwd=rerun.project.folder,
        env=rerun.project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=as_in_a_terminal,
    ) as process:
        time.sleep(seconds)
        running = process.poll() is None
        process.send_signal(by)
    rerun.assert_whole()
    rerun.assert_repeats()
    return running


@dataclass(frozen=True)
class Call:
    """A system call of a stage: the `number`-th of that name in its thread, from 1."""

    name: str
    number: int


def can_inject() -> bool:
    """Return whether strace is installed and may trace."""
    if not shutil.which("strace"):
        return False
    tried = subprocess.run([*_TRACE, "-o", "/dev/null", "true"], check=False, capture_output=True)
    return tried.returncode == 0


def write_calls(rerun: Rerun) -> list[Call]:
    """Return the calls of an undisturbed run that write, flush or rename a file of the project."""
    rerun.prepare()
    log = rerun.project.folder.parent / f"{rerun.project.folder.name}.strace"
    rerun.project.run(*_TRACE, "-y", "-o", str(log), *rerun.command)
    seen: Counter[tuple[str, str]] = Counter()  # strace, too, counts in each thread by itself
    calls = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = re.match(r"(\d+) +(\w+)\(([^,]*)", line)
        if not call:
            continue  # the end of a call that another thread interrupted
        thread, name, first = call.groups()
        seen[thread, name] += 1
        if name == "rename" or f"<{rerun.project.folder}/" in first:
            calls.append(Call(name, seen[thread, name]))
    return calls


def fail_write(rerun: Rerun, call: Call, error: str) -> None:
    """Make a call of the stage fail with an errno such as ENOSPC; check what it says and leaves."""
    rerun.prepare()
    inject = f"inject={call.name}:error={error}:when={call.number}"
    done = rerun.project.run(*_TRACE, "-e", inject, "-o", "/dev/null", *rerun.command, status=None)
    assert done.returncode == 1, (call, done.returncode, done.stdout, done.stderr)
    assert re.fullmatch(rf"{rerun.stage}: [^\n]+\n", done.stderr), (call, done.stderr)
    rerun.assert_whole()
    assert not temporary_files(rerun.project.folder)
