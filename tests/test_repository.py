"""The repository's own files agree with each other."""

import re
import sys

import yaml

from tests.support.project import ROOT, files_of_repository

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_one_version_and_one_license() -> None:
    """pyproject.toml, CITATION.cff, CHANGELOG.md and LICENSE name the same version and license."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["title"], citation["version"]) == (project["name"], project["version"])
    newest = re.findall(
        r"^## (\d\S*) - (\S+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest[0] == (citation["version"], citation["date-released"])
    assert citation["license"] == project["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert re.search(r"Apache License\s+Version 2\.0", text)
    assert "Copyright 20" in text
    assert "[yyyy]" not in text


def test_scripts_may_be_run() -> None:
    """Each file that names its interpreter is executable."""
    for name in files_of_repository():
        with (ROOT / name).open("rb") as file:
            if file.read(2) == b"#!":
                assert (ROOT / name).stat().st_mode & 0o111, name
