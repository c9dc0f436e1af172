"""Install locks into .venv: `python dev/setup/install.py BASE.lock [ADDED.lock ...]`.

dev/setup/setup.sh finds the Python for it. A base lock that changed, an interrupted set-up or a
clone that was moved makes .venv anew; other locks are added to it. Only the standard library is
used: there is nothing else yet.
"""

import fcntl
import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, NoReturn

VENV = Path(".venv")
LOG = VENV / "install.log"  # the first file of a .venv that this program makes
INSTALLED = VENV / "installed"  # a copy of each lock that .venv holds, and the folder it works in
FOLDER = INSTALLED / "folder"
PYTHON = str(VENV / "bin/python")

# Settings of pip and uv that say how to reach packages. The others may say what to install where.
REACH = re.compile(
    "INDEX|LINKS|CACHE|CERT|TLS|HOST|PROXY|TIMEOUT|RETRIES|OFFLINE|KEYRING|CONFIG_FILE|LINK_MODE"
)
# Settings of pip that uv does not read, and what it reads instead.
SETTINGS = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
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


def stop(message: str, *, status: int = 1) -> NoReturn:
    """Say why there is no environment, and end."""
    print(f"make: {message}", file=sys.stderr)
    sys.exit(status)


def say(message: str) -> None:
    """Say what the set-up does, at once."""
    print(f"make: {message}", flush=True)


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
    if damaged or not is_installed(base):
        version = sys.version.split()[0]
        clear_environment()
        time = "half a minute" if base.name == "base.lock" else "some minutes"
        say(f"setting up .venv with Python {version}, once; this takes {time}")
        make_environment()
        install(Path("requirements/bootstrap.lock"))
        install(base)
        check_libraries()
        if run(PYTHON, "-m", "dev.setup.plots_template"):
            stop(f"the page template of dvc plots could not be written (see {LOG})")
        finish(base)
    for lock in added:
        if not is_installed(lock):
            say(f"adding {lock} to .venv, once")
            stamp(lock).touch()  # differs from the lock until it is installed
            install(lock)
            finish(lock)


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
    """Make .venv an environment that holds nothing, or pip where there is no uv."""
    without_pip = ["--without-pip"] if shutil.which("uv") else []
    if run(sys.executable, "-I", "-m", "venv", *without_pip, str(VENV)):
        stop(
            f"{sys.executable} cannot make a virtual environment; install its venv module "
            "(Debian, Ubuntu: apt-get install python3-venv)"
        )


def install(lock: Path) -> None:
    """Install a lock with uv, or with pip where uv cannot be had or fails."""
    options = ["--require-hashes", "--no-deps", "--no-build-isolation", "-r", str(lock)]
    uv = find_uv()
    if uv and not run(uv, "pip", "install", "--python", PYTHON, *options):
        return
    say(f"pip installs {lock}, since uv cannot; this takes longer")
    if not (VENV / "bin/pip").exists():
        run(PYTHON, "-m", "ensurepip", "--upgrade", "--default-pip")
    start = LOG.stat().st_size
    if run(PYTHON, "-m", "pip", "install", "--use-pep517", *options):
        said = LOG.read_bytes()[start:].decode(errors="replace").splitlines()
        errors = [line for line in said if "error" in line.lower()]
        print(*(errors or said[-5:]), sep="\n", file=sys.stderr)
        stop(f"{lock} could not be installed (see {LOG}); fix that and run make again")


@functools.cache
def find_uv() -> str | None:
    """Return the uv on PATH or in .venv, where pip installs it if it can; otherwise None."""
    own = str(VENV / "bin")
    found = shutil.which("uv") or shutil.which("uv", path=own)
    if found:
        return found
    run(PYTHON, "-m", "pip", "install", "--require-hashes", "-r", "requirements/bootstrap.lock")
    return shutil.which("uv", path=own)


def check_libraries() -> None:
    """Stop if the system lacks a library that MXNet needs."""
    for library, (debian, fedora) in LIBRARIES.items():
        load = f"import ctypes; ctypes.CDLL('{library}')"
        if sys.platform == "linux" and run(PYTHON, "-c", load):
            stop(
                f"MXNet needs the system library {library}; "
                f"install the package {debian} (Debian, Ubuntu) or {fedora} (Fedora)"
            )


def run(*command: str) -> int:
    """Run a command, its output going to the log, and return its exit status."""
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        done = subprocess.run(
            command, env=environment(), stdout=log, stderr=log, close_fds=False, check=False
        )
    return done.returncode


@functools.cache
def environment() -> dict[str, str]:
    """Return the environment without what would change what is installed, or where.

    How pip's own settings say that packages are reached is added for uv.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_", "UV_")) or REACH.search(name)
    }
    command = (sys.executable, "-m", "pip", "config", "list")
    listed = subprocess.run(
        command, env=kept, capture_output=True, encoding="utf-8", errors="replace", check=False
    ).stdout
    found = re.findall(r"^\S+\.(index-url|cert)='(.+)'$", listed, flags=re.MULTILINE)
    # The environment's own setting is listed first and counts most.
    return {SETTINGS[name]: value for name, value in reversed(found)} | kept


if __name__ == "__main__":
    main()
