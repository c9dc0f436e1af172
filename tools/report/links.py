"""The addresses of the pictures on the server that keeps the repository, for the comment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tools.report.revision import Commit, Revision, RevisionError, commit, project_folder

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
    """The addresses of one picture, `before` and `after`; None where a side has none in git."""

    name: str
    sides: Mapping[str, str | None]


def picture_links(base: Commit, head: Revision, settings: Mapping[str, str]) -> list[Links]:
    """Return where the pictures of `base` and `head` are.

    Args:
        base: the revision to compare with.
        head: the working tree. Its pictures are linked by the commit HEAD_SHA, where that holds
            the very same ones: those of a run that is not committed are nowhere on the server.
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
        old, new = base.read(path), head.read(path)
        before = f"{server}/{base.commit}/{file}" if old else None
        after = f"{server}/{committed.commit}/{file}" if new else None
        if new != committed.read(path):
            after = None
        if before or after:
            found.append(Links(name, {"before": before, "after": after}))
    return found
