"""The addresses of the pictures on the server that keeps the repository, for the comment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tools.runs.git import RevisionError
from tools.runs.revision import Commit, WorkingTree, commit, project_folder

_SHOWN = {
    "plots/confusion.png": "Confusion matrix",
    "plots/learning_curves.png": "Learning curves",
}
_SETTINGS = {
    "GITHUB_SERVER_URL": r"https?://[\w.:-]+",
    "GITHUB_REPOSITORY": r"[\w.-]+/[\w.-]+",
    "HEAD_SHA": r"[0-9a-f]{40}",
}


@dataclass(frozen=True)
class Links:
    """The addresses of one picture, None where a side has none on the server."""

    name: str
    before: str | None
    after: str | None


def picture_links(base: Commit, head: WorkingTree, settings: Mapping[str, str]) -> list[Links]:
    """Return where the pictures of `base` and `head` are.

    Those of `head` are linked by the commit HEAD_SHA where that holds the very same picture: the
    pictures of a run that is not committed are nowhere on the server.

    Args:
        base: the revision to compare with.
        head: the working tree.
        settings: GITHUB_SERVER_URL and GITHUB_REPOSITORY, which GitHub Actions sets, and HEAD_SHA,
            which the workflow sets. Without HEAD_SHA there are no links.

    Raises:
        RevisionError: a setting is not what it must be.
    """
    if not settings.get("HEAD_SHA"):
        return []
    for name, pattern in _SETTINGS.items():
        if not re.fullmatch(pattern, settings.get(name, ""), re.ASCII):
            raise RevisionError(
                f"{name}: not what it must be; the workflow pull-request.yml sets it"
            )
    server = f"{settings['GITHUB_SERVER_URL']}/{settings['GITHUB_REPOSITORY']}/raw"
    committed = commit(settings["HEAD_SHA"])
    found = []
    for path, name in _SHOWN.items():
        file = quote(project_folder() + path)
        before, after = base.read(path), head.read(path)
        links = Links(
            name,
            f"{server}/{base.commit}/{file}" if before else None,
            f"{server}/{committed.commit}/{file}"
            if after and committed.read(path) == after
            else None,
        )
        if links.before or links.after:
            found.append(links)
    return found
