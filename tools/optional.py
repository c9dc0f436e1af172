"""Packages that one tool needs and the pipeline does not: its make target installs them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def installed_by(target: str) -> Iterator[None]:
    """Import what `make TARGET` installs, or end with a line that names the target."""
    try:
        yield
    except ModuleNotFoundError as error:
        sys.exit(f"{target}: {error.name} is not installed; `make {target}` installs it")
