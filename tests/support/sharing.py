"""Colleagues who share results as docs/share.md says: its commands are what the tests type."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.support.project import ROOT, Project, git

DOCUMENT = ROOT / "docs/share.md"


def documented(heading: str, block: int = 0, words: Mapping[str, str] | None = None) -> str:
    """Return the commands of a block of shell in docs/share.md.

    Args:
        heading: The heading that it stands below.
        block: Its place among the blocks below that heading.
        words: What to put for a word of the document; each must be there.
    """
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    commands = re.findall(r"(?ms)^```sh\n(.*?)^```$", rest.partition("\n## ")[0])[block]
    for word, value in (words or {}).items():
        assert word in commands, f"{word} is not in: {commands}"
        commands = commands.replace(word, value)
    return str(commands)


def type_in(project: Project, commands: str) -> str:
    """Run commands in a shell, stop at the first that fails, and return what they print."""
    return project.run("bash", "-ec", commands).stdout


def published(project: Project, folder: Path) -> Project:
    """Return a copy of a project, cache included, that tracks a git remote of its own."""
    copy = Project(folder / "a clone", project.environment)
    shutil.copytree(project.folder, copy.folder, symlinks=True)
    git(folder, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(copy.folder, "remote", "add", "origin", str(folder / "origin.git"))
    git(copy.folder, "push", "-q", "-u", "origin", "main")
    return copy


def colleague(project: Project, folder: Path, *options: str) -> Project:
    """Return a fresh clone of a project's git remote: no cache, and no source in reach."""
    url = git(project.folder, "remote", "get-url", "origin").strip()
    git(folder.parent, "clone", "-q", *options, f"file://{url}", str(folder))
    alone = {
        "DVC_SITE_CACHE_DIR": str(folder.with_name(f"{folder.name}-site-cache")),
        "DATASET_SOURCE": str(folder.with_name("nowhere")),
    }
    return Project(folder, project.environment | alone)
