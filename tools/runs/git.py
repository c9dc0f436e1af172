"""git, run as a program: what it prints, or its own reason in one line."""

import os
import subprocess

from stages.common.errors import PipelineError


class RevisionError(PipelineError):
    """git cannot read the revision that was asked for."""


def git(*arguments: str, given: bytes = b"") -> bytes:
    """Return what git prints; raise RevisionError with git's own reason when it fails."""
    try:
        done = subprocess.run(
            ("git", *map(encode, arguments)),
            env=_environment(),
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise RevisionError(
            "git: not found; install it (Debian, Ubuntu: apt-get install git)"
        ) from None
    if done.returncode:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise RevisionError(f"git {arguments[0]}: {reason}")
    return done.stdout


def git_text(*arguments: str) -> str:
    """Return what git prints as text, without the white space around it."""
    return decode(git(*arguments)).strip()


def git_paths(*arguments: str) -> list[str]:
    """Return the paths that git prints where `-z` ends each with a zero byte."""
    return [decode(path) for path in git(*arguments).split(b"\0") if path]


def decode(name: bytes) -> str:
    """Return what git prints, which is UTF-8 in every locale, as text that can be written again."""
    return name.decode(errors="backslashreplace")


def encode(name: str) -> bytes:
    """Return a name for git; what the locale could not decode on the command line as it came."""
    return name.encode(errors="surrogateescape")


def _environment() -> dict[str, str]:
    """Return the environment without what a git hook says about its repository.

    In a hook GIT_DIR and GIT_INDEX_FILE name the repository and the index of the hook's git.
    Configuration stays: it is where a user allows a folder that belongs to another user.
    """
    kept = ("GIT_CONFIG", "GIT_SSH", "GIT_ASKPASS")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(kept)
    }
