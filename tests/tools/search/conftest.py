"""The tests of the search need its lock, which `make test` installs."""

import pytest

for package in ("optuna", "distributed"):
    pytest.importorskip(package, reason="requirements/search.lock is not installed")
