"""What `make setup` does: tiny packages are installed for real, in a path with spaces, offline."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.packages import lock_of, write_source, write_wheel
from tests.support.project import ROOT, Project, as_in_a_terminal
from tests.support.server import Answer, content, serving

UV = shutil.which("uv")
# What setup.sh itself needs.
COMMANDS = ("sh", "cat", "cmp", "dirname", "git", "uname")
# Stands for the project's module that set-up runs last.
LAST_STEP = "import tiny\n"


def write_program(path: Path, script: str) -> Path:
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def hand_on(path: Path, program: str) -> None:
    """Write a command that runs a program of this machine, which may itself be a script."""
    write_program(path, f"PATH='{os.environ['PATH']}' exec '{program}' \"$@\"")


class Clone:
    """A folder with the set-up's files and locks, and a PATH of its own to run it with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages = folder.parent / "packages"
        self.programs = folder.parent / "some programs"
        for made in (folder / "dev/setup", folder / "requirements", self.packages, self.programs):
            made.mkdir(parents=True)
        for name in ("setup.sh", "install.py", "steps.py", "reach.py"):
            shutil.copy(ROOT / "dev/setup" / name, folder / "dev/setup")
        (folder / "dev/setup/finish.py").write_text(LAST_STEP, encoding="utf-8")
        for command in COMMANDS:
            (self.programs / command).symlink_to(str(shutil.which(command)))
        hand_on(self.programs / "python3", sys._base_executable)  # type: ignore[attr-defined]
        self.add_uv()
        write_wheel(self.packages, "tiny", version="2.0")
        tiny = write_wheel(self.packages, "tiny", command="#!python\nprint('tiny works')\n")
        source = write_source(self.packages, "source")
        uv = write_wheel(self.packages, "uv", command=self.uv.read_text(encoding="utf-8"))
        self.write_lock("bootstrap", write_wheel(self.packages, "backend"), uv)
        self.write_lock("base", tiny, source)
        self.write_lock("gpu", tiny)
        self.write_lock("test", write_wheel(self.packages, "extra"))
        self.write_lock("slow", write_source(self.packages, "slow"))

    def add_uv(self) -> None:
        """Put this machine's uv on PATH."""
        self.uv = self.programs / "uv"
        hand_on(self.uv, str(UV))

    def write_lock(self, group: str, *packages: Path) -> None:
        """Write a lock."""
        (self.folder / f"requirements/{group}.lock").write_text(
            lock_of(*packages), encoding="utf-8"
        )

    def environment(self, **variables: str) -> dict[str, str]:
        """Return variables under which packages come from this test's folder alone."""
        packages = self.packages.as_uri()
        return {
            "PATH": str(self.programs),
            "HOME": str(self.folder.parent),
            "UV_CACHE_DIR": str(self.folder.parent / "cache"),
            "PIP_FIND_LINKS": packages,
            "UV_FIND_LINKS": packages,
            "PIP_NO_INDEX": "1",
            "UV_OFFLINE": "1",
        } | variables

    def start(self, *groups: str, **variables: str) -> subprocess.Popen[str]:
        """Start the set-up, from another folder, in a process group of its own."""
        return subprocess.Popen(
            [self.folder / "dev/setup/setup.sh", *groups],
            cwd=self.folder.parent,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=as_in_a_terminal,
        )

    def set_up(self, *groups: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the set-up and return what it said."""
        process = self.start(*groups, **variables)
        stdout, stderr = process.communicate(timeout=200)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def installed(self) -> set[str]:
        """Return those of the tests' packages that .venv itself can import."""
        site = "import sys; print(*sys.path, sep='\\n')"
        python = self.folder / ".venv/bin/python"
        paths = subprocess.check_output([python, "-I", "-c", site], text=True).splitlines()
        own = [Path(path) for path in paths if path.startswith(str(self.folder))]
        return {file.stem for folder in own for file in folder.glob("*.py")} - {"backend", "uv"}


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone, in a path with spaces, that is not set up."""
    if UV is None:
        pytest.skip("uv is not on PATH; make test has it there")
    return Clone(tmp_path / "a folder" / "a clone")


def write_settings(clone: Clone, text: str, *, tool: str = "pip/pip.conf") -> None:
    """Write the settings that a user has for pip or uv."""
    path = clone.folder.parent / ".config" / tool
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def wait_for(path: Path) -> None:
    """Wait until another process has made a file."""
    end = time.monotonic() + 200
    while not path.exists():
        assert time.monotonic() < end, f"{path} was not made"
        time.sleep(0.02)


def test_a_fresh_clone_is_set_up_once(clone: Clone) -> None:
    """Set-up says one line, installs and compiles; asked again, it does and says nothing."""
    done = clone.set_up(PYTHONDONTWRITEBYTECODE="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"make: setting up \.venv with Python 3\.\S+, once: [^\n]+\n", done.stdout)
    assert clone.installed() == {"tiny", "source"}
    assert list(clone.folder.glob(".venv/lib/*/site-packages/__pycache__/tiny.*.pyc"))
    for program in ("python3", "uv"):
        (clone.programs / program).unlink()
    again = clone.set_up()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_groups_are_added_to_the_base(clone: Clone) -> None:
    """A named group's lock is added to what .venv holds, and an unknown group is refused."""
    clone.set_up()
    done = clone.set_up("test")
    assert (done.returncode, done.stdout) == (
        0,
        "make: adding requirements/test.lock to .venv, once\n",
    )
    assert clone.installed() == {"tiny", "source", "extra"}
    assert clone.set_up("test").stdout == ""
    refused = clone.set_up("no-such")
    assert refused.returncode == 1
    assert refused.stderr == "make: there is no requirements/no-such.lock to add\n"


@pytest.mark.parametrize("group", ["base", "test"])
def test_a_lock_that_changed_makes_the_environment_anew(clone: Clone, group: str) -> None:
    """When a lock changes, .venv is made anew, so that it holds what the lock no longer says."""
    clone.set_up("test")
    clone.write_lock(group, *clone.packages.glob("tiny-2.0*"))
    assert clone.set_up("test").stdout.startswith("make: setting up .venv")
    left = {"tiny", "extra"} if group == "base" else {"tiny", "source"}
    assert clone.installed() == left


@pytest.mark.slow
def test_stages_find_what_set_up_compiles(reproduced: Project, tmp_path: Path) -> None:
    """Where Python may write no bytecode, train and evaluate read that of the set-up."""
    reproduced.environment.pop("PYTHONDONTWRITEBYTECODE", None)
    reproduced.environment["PYTHONPYCACHEPREFIX"] = str(tmp_path / "bytecode")
    reproduced.run("python", "-m", "dev.setup.finish")
    for stage in ("train", "evaluate"):
        command = ("python", "-v", "-m", f"stages.{stage}")
        said = reproduced.run(*command, PYTHONDONTWRITEBYTECODE="1").stderr
        assert re.search(r"code object from '[^']*/numpy/[^']*\.pyc'", said)
        assert not re.findall(r"code object from '[^']*\.py'", said)


@pytest.mark.parametrize(("gpu", "lock"), [("1", "gpu.lock"), ("0", "base.lock")])
def test_the_base_asked_for_last_stays(clone: Clone, gpu: str, lock: str) -> None:
    """GPU=1 and GPU=0 choose the base lock; without GPU the base that is installed will do."""
    assert clone.set_up(GPU=gpu).returncode == 0
    assert (clone.folder / ".venv/installed" / lock).exists()
    assert clone.set_up().stdout == ""


@pytest.mark.parametrize("found", ["", "echo 'unexpected argument'; exit 2"])
def test_pip_installs_uv_where_there_is_none(clone: Clone, found: str) -> None:
    """Without a uv on PATH that works, pip installs the locked uv, and uv installs the rest."""
    clone.uv.unlink()
    if found:
        write_program(clone.uv, found)
    assert clone.set_up().returncode == 0
    assert clone.installed() == {"tiny", "source"}
    log = (clone.folder / ".venv/install.log").read_text(encoding="utf-8")
    assert log.count("$ .venv/bin/uv pip install") == log.count("-m pip install") == 1


@pytest.mark.parametrize("fault", ["without a hash", "with another hash"])
def test_a_package_is_installed_by_its_hash_only(clone: Clone, fault: str) -> None:
    """A sound package whose hash the lock lacks or gives otherwise is not installed, by no one."""
    lock = clone.folder / "requirements/base.lock"
    digest = r" \\\n    --hash=sha256:" if fault == "without a hash" else r"(?<=sha256:)"
    text = "" if fault == "without a hash" else "0" * 64
    lock.write_text(
        re.sub(f"{digest}[0-9a-f]{{64}}", text, lock.read_text(encoding="utf-8"), count=1)
    )
    done = clone.set_up()
    assert done.returncode == 1
    assert "hash" in done.stderr.lower()
    assert done.stderr.splitlines()[-1] == (
        "make: requirements/base.lock could not be installed (see .venv/install.log); "
        "fix that and run make again"
    )
    assert "tiny" not in clone.installed()
    assert "-m pip" not in (clone.folder / ".venv/install.log").read_text(encoding="utf-8")


def test_a_full_disk_is_named_and_nothing_counts_as_installed(clone: Clone) -> None:
    """When a disk fills, no space is what set-up complains of, now and next time."""
    clone.write_lock("base", write_wheel(clone.packages, "big", module="#" * 8_000_000))
    (clone.folder / ".venv").mkdir()
    tools = {name: shutil.which(name) for name in ("unshare", "mount", "sh")}
    small = f"'{tools['mount']}' -t tmpfs -o size=4m none .venv && dev/setup/setup.sh"
    words = (str(tools["unshare"]), "--mount", "--map-root-user", str(tools["sh"]), "-c")
    if subprocess.run([*words, "exit"], check=False, capture_output=True).returncode:
        pytest.skip("this process may not mount a file system of its own")
    again = "; echo; dev/setup/setup.sh"
    done = subprocess.run(
        [*words, small + again],
        cwd=clone.folder,
        env=clone.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    line = "make: no space is left for requirements/base.lock (see .venv/install.log); "
    assert done.stderr == f"{line}make room and run make again\n" * 2
    assert done.stdout.count("setting up .venv") == 2


def test_the_only_python_may_be_that_of_the_environment(clone: Clone) -> None:
    """When .venv has the only Python that PATH leads to, .venv is made anew with that."""
    clone.set_up()
    (clone.programs / "python3").unlink()
    clone.write_lock("base", *clone.packages.glob("tiny-2.0*"))
    path = f"{clone.folder}/.venv/bin:{clone.programs}"
    done = clone.set_up(PATH=path)
    assert (done.returncode, done.stderr) == (0, "")
    assert clone.installed() == {"tiny"}


def test_the_python_that_is_asked_for_is_taken(clone: Clone) -> None:
    """When .venv is of another Python than PYTHON names, it is made anew; a wrong one is named."""
    clone.set_up()
    link = clone.folder / ".venv/bin/python"
    other = shutil.copy(link.resolve(), clone.folder.parent / "other")  # of the same version
    link.unlink()
    link.symlink_to(other)
    assert clone.set_up().stdout == ""
    assert clone.set_up(PYTHON="python3").stdout.startswith("make: setting up .venv")
    assert clone.set_up(PYTHON="python3").stdout == ""
    assert clone.set_up(PYTHON="/nonexistent").returncode == 1


def test_a_clone_that_was_moved_is_set_up_anew(clone: Clone) -> None:
    """In a clone that was moved, whose commands name the old place, .venv is made anew."""
    clone.set_up()
    clone.folder = clone.folder.rename(clone.folder.parent / "moved")
    assert clone.set_up().stdout.startswith("make: setting up .venv")
    command = clone.folder / ".venv/bin/tiny"
    assert subprocess.check_output([command], text=True) == "tiny works\n"


def test_two_set_ups_at_once_wait_for_each_other(clone: Clone, tmp_path: Path) -> None:
    """A set-up shows that it goes on; a second one says that it waits, and then finds all done."""
    hold = tmp_path / "hold"
    steps = clone.folder / "dev/setup/steps.py"
    text = steps.read_text(encoding="utf-8")
    steps.write_text(text.replace("PATIENCE = 30", "PATIENCE = 0.5"), encoding="utf-8")
    first = clone.start(HOLD=str(hold))
    wait_for(Path(f"{hold}.begun"))
    assert first.stdout is not None
    while not (line := first.stdout.readline()).startswith("make: still at it after"):
        assert line
    second = clone.start(HOLD=str(hold))
    assert second.stdout is not None
    assert second.stdout.readline() == "make: another set-up of .venv is running; waiting for it\n"
    hold.touch()
    assert [process.communicate(timeout=200)[1] for process in (first, second)] == ["", ""]
    assert (first.returncode, second.returncode) == (0, 0)
    assert clone.installed() == {"tiny", "source"}


@pytest.mark.parametrize(
    ("groups", "number"),
    [((), signal.SIGKILL), (("slow",), signal.SIGKILL), ((), signal.SIGINT)],
)
def test_the_next_call_finishes_what_was_interrupted(
    clone: Clone, tmp_path: Path, groups: tuple[str, ...], number: signal.Signals
) -> None:
    """A set-up that is killed or stopped while it installs is finished by the next one."""
    if groups:
        clone.set_up()
    hold = tmp_path / "hold"
    process = clone.start(*groups, HOLD=str(hold))
    wait_for(Path(f"{hold}.begun"))
    os.killpg(process.pid, number)
    said = process.communicate(timeout=200)[1]
    if number == signal.SIGINT:
        assert said == "make: the set-up was stopped; the next make finishes it\n"
    assert process.returncode != 0
    done = clone.set_up(*groups)
    assert (done.returncode, done.stderr) == (0, "")
    assert clone.installed() == {"tiny", "source", *groups}


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_an_environment_of_others_is_kept(clone: Clone, kind: str) -> None:
    """A .venv that set-up did not make, or a link to a folder elsewhere, stays as it is."""
    folder = clone.folder / ".venv"
    if kind == "link":
        folder.symlink_to(clone.packages)
    else:
        folder.mkdir()
        (folder / "mine").touch()
    before = sorted(folder.iterdir())
    done = clone.set_up()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "make: .venv was not made by make setup; move it away or remove it, and run make again\n"
    )
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_settings_in_the_environment_leave_nothing_out(clone: Clone, installer: str) -> None:
    """Variables that say what is installed, and where, reach neither uv nor pip in its place."""
    elsewhere = clone.folder.parent / "elsewhere"
    (elsewhere / "tiny-1.0.dist-info").mkdir(parents=True)
    (elsewhere / "tiny.py").touch()
    (elsewhere / "tiny-1.0.dist-info/METADATA").write_text(
        "Name: tiny\nVersion: 1.0\n", encoding="utf-8"
    )
    (elsewhere / "pins").write_text("tiny==2.0\n", encoding="utf-8")
    if installer == "pip":
        clone.uv.unlink()
    write_settings(clone, f"[install]\nuser = true\ntarget = {elsewhere}\nno-binary = :all:\n")
    unwanted = f'no-binary = ["tiny"]\ntarget = "{elsewhere}"\n'
    write_settings(clone, f"[pip]\n{unwanted}exclude-newer = '2000-01-01'\n", tool="uv/uv.toml")
    done = clone.set_up(
        PYTHONPATH=str(elsewhere),
        PYTHONHOME=str(elsewhere),
        PIP_TARGET=str(elsewhere / "target"),
        PIP_PREFIX=str(elsewhere / "prefix"),
        PIP_DRY_RUN="1",
        PIP_CONSTRAINT=str(elsewhere / "pins"),
        UV_CONSTRAINT=str(elsewhere / "pins"),
        UV_NO_BINARY="1",
        UV_SYSTEM_PYTHON="1",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert clone.installed() == {"tiny", "source"}
    assert sorted(path.name for path in elsewhere.iterdir()) == [
        "pins",
        "tiny-1.0.dist-info",
        "tiny.py",
    ]


@pytest.mark.parametrize("by", ["variable", "pip.conf", "uv.toml"])
def test_an_index_that_settings_name_is_used(clone: Clone, by: str) -> None:
    """An index that only pip's or uv's settings name, such as a company's mirror, is used."""
    answers: dict[str, Answer | bytes] = {}
    for path in clone.packages.glob("*-1.0*"):
        link = f'<a href="../{path.name}">{path.name}</a>'.encode()
        answers[f"{path.name.split('-')[0]}/"] = content(link, Content_Type="text/html")
        answers[path.name] = path.read_bytes()
    with serving(answers) as server:
        others = {"PIP_NO_INDEX": "0", "UV_OFFLINE": "0", "UV_FIND_LINKS": "", "PIP_FIND_LINKS": ""}
        if by == "variable":
            others["PIP_INDEX_URL"] = server.url
        elif by == "pip.conf":
            write_settings(clone, f"[global]\nindex-url = {server.url}\n")
        else:
            index = f'offline = false\n\n[[index]]\nname = "ours"\nurl = "{server.url}"\n'
            write_settings(clone, f"{index}default = true\n", tool="uv/uv.toml")
        done = clone.set_up(**others)
    assert (done.returncode, done.stderr) == (0, "")
    assert clone.installed() == {"tiny", "source"}


def test_a_path_that_a_search_path_cannot_hold_is_refused(tmp_path: Path) -> None:
    """In a folder with a colon set-up says in a line what is wrong and leaves nothing."""
    clone = Clone(tmp_path / "a:b")
    done = clone.set_up()
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == f"make: {clone.folder} has a ':', which PATH cannot hold; move the clone\n"
    )
    assert not (clone.folder / ".venv").exists()


def test_a_folder_that_cannot_be_written_is_named(clone: Clone) -> None:
    """Where .venv cannot be made, a line says why."""
    (clone.folder / ".venv").touch()
    done = clone.set_up()
    assert done.returncode == 1
    assert re.fullmatch(r"make: [^\n]*'\.venv'; fix that and run make again\n", done.stderr)


def test_git_says_what_to_do_in_a_clone_of_another_user(clone: Clone) -> None:
    """Where git finds another owner, its own advice is shown and nothing is done."""
    subprocess.run(["git", "init", "-q", clone.folder], check=True)
    done = clone.set_up(GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "git config --global --add safe.directory" in done.stderr
    assert not (clone.folder / ".venv").exists()


REFUSALS = {
    "no such PYTHON": (
        {"PYTHON": "/no/such/python"},
        "PYTHON=/no/such/python is not a Python 3.10, 3.11 or 3.12",
    ),
    "PYTHON too old": ({"PYTHON": "cat"}, "PYTHON=cat is not a Python 3.10, 3.11 or 3.12"),
    "no Python": (
        {},
        "no Python 3.10, 3.11 or 3.12 found; "
        "install one, or uv, or name one: make PYTHON=/path/to/python3.12",
    ),
    "no such GPU": ({"GPU": "two"}, "GPU must be 1 or 0, and is 'two'"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_stops_the_set_up_is_said_in_one_line(clone: Clone, case: str) -> None:
    """A wrong PYTHON or GPU, or no Python at all, ends in one line with status 1."""
    variables, message = REFUSALS[case]
    clone.uv.unlink()
    (clone.programs / "python3").unlink()
    done = clone.set_up(**variables)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"make: {message}\n")
    assert not (clone.folder / ".venv").exists()


def test_an_installed_environment_outlives_a_refusal(clone: Clone) -> None:
    """When the lock has changed and there is no Python, the environment stays as it is."""
    clone.set_up()
    clone.write_lock("base", *clone.packages.glob("tiny-2.0*"))
    shutil.rmtree(clone.programs / "python3", ignore_errors=True)
    assert clone.set_up(PYTHON="cat").returncode == 1
    assert clone.installed() == {"tiny", "source"}


@pytest.mark.parametrize(
    ("platform", "gpu", "message"),
    [
        ("Darwin arm64", "0", "this is Darwin on arm64, for which MXNet has no wheel; use x86-64"),
        (
            "Linux aarch64",
            "0",
            "this is Linux on aarch64, for which MXNet has no wheel; use x86-64",
        ),
        ("Darwin x86_64", "1", "GPU=1 needs Linux: there is no mxnet-cu112 for Darwin"),
        ("Darwin x86_64", "0", "no Python 3.10, 3.11 or 3.12 found"),
    ],
)
def test_platforms_without_a_wheel_are_named(
    clone: Clone, platform: str, gpu: str, message: str
) -> None:
    """Where MXNet has no wheel a line says so before anything is made; an Intel Mac goes on."""
    system, machine = platform.split()
    for name in ("uname", "uv", "python3"):
        (clone.programs / name).unlink()
    write_program(clone.programs / "uname", f'[ "$1" = -s ] && echo {system} || echo {machine}')
    done = clone.set_up(GPU=gpu)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"make: {re.escape(message)}[^\n]*\n", done.stderr)


def test_uv_that_cannot_provide_a_python_is_named(clone: Clone) -> None:
    """Without a Python, and with a uv that may not download one, a line says what to install."""
    (clone.programs / "python3").unlink()
    done = clone.set_up(UV_PYTHON_INSTALL_DIR=str(clone.folder.parent / "none"))
    assert done.returncode == 1
    assert done.stderr.endswith(
        "make: uv could not provide Python 3.12; install Python 3.10, 3.11 or 3.12\n"
    )
