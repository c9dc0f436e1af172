"""Install locks into .venv: `python -m dev.setup.install BASE.lock [ADDED.lock ...]`.

dev/setup/setup.sh finds the Python for it. A base lock that changed, an interrupted set-up or a
clone that was moved makes .venv anew; other locks are added to it. Only the standard library is
used: there is nothing else yet.
"""

import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import IO, NoReturn

from dev.setup.steps import LOG, VENV, run, say, stop

INSTALLED = VENV / "installed"  # a copy of each lock that .venv holds, and the folder it works in
FOLDER = INSTALLED / "folder"
PYTHON = str(VENV / "bin/python")

DOWNLOADS = {"base.lock": "180 MB", "gpu.lock": "2.5 GB"}
LEAST_FREE = 2**20  # bytes; with fewer, an installer may have had no room for its reason
VENV_MODULE = "install its venv module (Debian, Ubuntu: apt-get install python3-venv)"
LIBRARIES = {  # that MXNet needs of a Linux system: their packages in Debian and in Fedora
    "libgomp.so.1": ("libgomp1", "libgomp"),
    "libquadmath.so.0": ("libquadmath0", "libquadmath"),
}


def main() -> None:
    """Install the locks that the command names, unless another set-up does so first."""
    base, *added = (Path(name) for name in sys.argv[1:])
    if os.pathsep in str(Path.cwd()):
        stop(f"{Path.cwd()} has a '{os.pathsep}', which PATH cannot hold; move the clone")
    try:
        with Path(__file__).open("rb+") as file:
            wait_for_others(file)
            set_up(base, added)
    except OSError as error:
        stop(f"{error}; fix that and run make again")
    except KeyboardInterrupt:
        stop("the set-up was stopped; the next make finishes it", status=130)


def wait_for_others(file: IO[bytes]) -> None:
    """Lock an open file until this process and those that it starts have ended."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another set-up of .venv is running; waiting for it")
        fcntl.flock(file, fcntl.LOCK_EX)
    os.set_inheritable(file.fileno(), True)


def set_up(base: Path, added: list[Path]) -> None:
    """Make .venv hold the base lock and those to add."""
    damaged = any(stamp(lock).exists() and not is_installed(lock) for lock in added)
    if damaged or not is_installed(base) or not is_python_asked_for():
        version = sys.version.split()[0]
        clear_environment()
        say(
            f"setting up .venv with Python {version}, once: "
            f"{DOWNLOADS[base.name]} to download, then half a minute"
        )
        make_environment()
        install_uv()
        install(base)
        check_libraries()
        if run(PYTHON, "-m", "dev.setup.finish"):
            stop(f"the packages are installed, and do not work (see {LOG})")
        finish(base)
    for lock in added:
        if not is_installed(lock):
            say(f"adding {lock} to .venv, once")
            stamp(lock).touch()  # differs from the lock until it is installed
            install(lock)
            finish(lock)


def is_python_asked_for() -> bool:
    """Return whether .venv is of the Python that PYTHON names, if it names one."""
    return not os.environ.get("PYTHON") or Path(PYTHON).samefile(sys.executable)


def stamp(lock: Path) -> Path:
    """Return where .venv keeps its copy of a lock."""
    return INSTALLED / lock.name


def is_installed(lock: Path) -> bool:
    """Return whether .venv works in this folder and holds what a lock says."""
    if not (Path(PYTHON).exists() and FOLDER.exists() and stamp(lock).exists()):
        return False
    return (
        FOLDER.read_text(encoding="utf-8") == str(Path.cwd())
        and stamp(lock).read_bytes() == lock.read_bytes()
    )


def finish(lock: Path) -> None:
    """Record that .venv holds a lock."""
    INSTALLED.mkdir(exist_ok=True)
    FOLDER.write_text(str(Path.cwd()), encoding="utf-8")
    shutil.copy(lock, stamp(lock))


def clear_environment() -> None:
    """Leave no more in .venv than its log; stop if this program did not make it."""
    VENV.mkdir(exist_ok=True)
    ours = LOG.exists() or not any(VENV.iterdir())
    if VENV.is_symlink() or not ours:
        stop(".venv was not made by make setup; move it away or remove it, and run make again")
    shutil.rmtree(INSTALLED, ignore_errors=True)  # first: from here on nothing is installed
    LOG.write_bytes(b"")
    for entry in set(VENV.iterdir()) - {LOG}:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def make_environment() -> None:
    """Make .venv an environment that holds nothing."""
    if run(sys.executable, "-I", "-m", "venv", "--without-pip", str(VENV)):
        stop(f"{sys.executable} cannot make a virtual environment; {VENV_MODULE}")


def install_uv() -> None:
    """Install the locked uv, by the uv on PATH, or by pip where there is none or it fails."""
    lock = Path("requirements/bootstrap.lock")
    found = shutil.which("uv")
    if found and not run(found, "pip", "install", "--python", PYTHON, *options(lock)):
        return
    if run(PYTHON, "-m", "ensurepip", "--upgrade", "--default-pip"):
        stop(f"{sys.executable} has no pip to begin with; {VENV_MODULE}, or install uv")
    start = LOG.stat().st_size
    if run(PYTHON, "-m", "pip", "install", "--force-reinstall", *options(lock)):
        refuse(lock, start)


def install(lock: Path) -> None:
    """Install a lock with the locked uv."""
    start = LOG.stat().st_size
    if run(str(VENV / "bin/uv"), "pip", "install", "--python", PYTHON, *options(lock)):
        refuse(lock, start)


def options(lock: Path) -> tuple[str, ...]:
    """Return what pip and uv are told alike: these packages, by their hashes, and no others."""
    return ("--require-hashes", "--no-deps", "--no-build-isolation", "-r", str(lock))


def refuse(lock: Path, start: int) -> NoReturn:
    """Say why a lock could not be installed; `start` is where the log begins to tell."""
    said = LOG.read_bytes()[start:].decode(errors="replace")
    if "No space left" in said or shutil.disk_usage(VENV).free < LEAST_FREE:
        stop(f"no space is left for {lock} (see {LOG}); make room and run make again")
    lines = said.splitlines()
    errors = [number for number, line in enumerate(lines) if "error" in line.lower()]
    print(*lines[min(errors, default=-5) :][:10], sep="\n", file=sys.stderr)
    stop(f"{lock} could not be installed (see {LOG}); fix that and run make again")


def check_libraries() -> None:
    """Stop if the system lacks a library that MXNet needs."""
    for library, (debian, fedora) in LIBRARIES.items():
        load = f"import ctypes; ctypes.CDLL('{library}')"
        if sys.platform == "linux" and run(PYTHON, "-c", load):
            stop(
                f"MXNet needs the system library {library}; "
                f"install the package {debian} (Debian, Ubuntu) or {fedora} (Fedora)"
            )


if __name__ == "__main__":
    main()
