"""`python3 dev/comment.py`: put report/report.md on its pull request as one comment.

On top stands report/verify.md, the line that says whether the committed results are those of a
rerun. Each later report replaces the comment. It runs in GitHub Actions with a token that may
write. So it is plain Python without packages, and trusts neither the files, which the code of a
pull request has written, nor the comments that it finds.

Environment: GITHUB_TOKEN, GITHUB_REPOSITORY (owner/name), PULL_REQUEST (its number),
GITHUB_API_URL, and for the link to the page GITHUB_SERVER_URL, GITHUB_RUN_ID and PAGE (the number
of the artifact).
"""

import json
import os
import re
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

MARKER = "<!-- model-report -->"  # the first line of a report, by which its comment is found again
REPORT, LINE = Path("report/report.md"), Path("report/verify.md")
MOST_IN_LINE = 2_000  # characters
NOT_VERIFIED = "❌ The committed results were not verified: see the run.\n"
AUTHOR = "github-actions[bot]"  # the author of what the workflow's own token comments
MOST = 60_000  # characters; GitHub takes 65,536
PAGE = 100  # comments in one answer, the most that GitHub gives
PAGES = 100  # answers to look through


class CommentError(Exception):
    """The comment cannot be made; the text says what and where."""


def setting(name: str, pattern: str) -> str:
    """Return an environment variable that must match `pattern`."""
    value = os.environ.get(name, "")
    if not re.fullmatch(pattern, value, re.ASCII):
        problem = "not what it must be" if value else "not set"
        raise CommentError(f"{name}: {problem}; the workflow pull-request.yml sets it")
    return value


def checked_report(path: Path) -> str:
    """Return the report's text, after checking that it is one."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise CommentError(f"{path}: {problem}; `make report` writes it") from problem
    if text.split("\n", 1)[0] != MARKER:
        raise CommentError(f"{path}: not a report: its first line is not {MARKER}")
    if len(text) > MOST:
        raise CommentError(f"{path}: {len(text)} characters; a comment takes {MOST}")
    return text


def checked_line(path: Path) -> str:
    """Return the line that `make verify` has written; without one, that there is none."""
    if not path.exists():
        return NOT_VERIFIED
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise CommentError(f"{path}: {problem}; `make verify` writes it") from problem
    if text.count("\n") != 1 or text[:2] not in ("✅ ", "❌ ") or len(text) > MOST_IN_LINE:
        raise CommentError(f"{path}: not a line that begins with ✅ or ❌")
    return text


def call(method: str, url: str, token: str, content: Any = None) -> Any:
    """Return the answer of GitHub's API, parsed."""
    request = urllib.request.Request(  # noqa: S310 - `setting` has checked the scheme
        url,
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)
    except (OSError, ValueError, HTTPException) as problem:
        raise CommentError(f"{method} {url}: {problem}") from problem


def own_comment(comments: str, token: str) -> str | None:
    """Return the id of the comment that an earlier report made, if there is one."""
    for page in range(1, PAGES + 1):
        url = f"{comments}?per_page={PAGE}&page={page}"
        found = call("GET", url, token)
        if not isinstance(found, list):
            raise CommentError(f"GET {url}: the answer is not a list of comments")
        own = [comment["id"] for comment in found if is_own(comment)]
        if own:
            return str(own[0])
        if len(found) < PAGE:
            break
    return None


def is_own(comment: Any) -> bool:
    """Return whether an entry of GitHub's list is the comment of an earlier report."""
    if not isinstance(comment, dict) or not isinstance(comment.get("id"), int):
        return False
    # GitHub gives null for the user when the account was deleted.
    user, body = comment.get("user"), comment.get("body")
    written_here = isinstance(user, dict) and user.get("login") == AUTHOR
    return written_here and isinstance(body, str) and body.startswith(MARKER)


def main() -> None:
    """Make or replace the comment."""
    token = setting("GITHUB_TOKEN", r"\S+")
    api = setting("GITHUB_API_URL", r"https?://\S+")
    server = setting("GITHUB_SERVER_URL", r"https?://\S+")
    repository = setting("GITHUB_REPOSITORY", r"[\w.-]+/[\w.-]+")
    run, number = setting("GITHUB_RUN_ID", r"\d+"), setting("PULL_REQUEST", r"\d+")
    page = f"{server}/{repository}/actions/runs/{run}/artifacts/{setting('PAGE', r'[0-9]+')}"
    report = checked_report(REPORT).removeprefix(f"{MARKER}\n")
    body = f"{MARKER}\n{checked_line(LINE)}\n{report}\n[The page with all pictures]({page})\n"
    issues = f"{api}/repos/{repository}/issues"
    known = own_comment(f"{issues}/{number}/comments", token)
    if known:
        call("PATCH", f"{issues}/comments/{known}", token, {"body": body})
    else:
        call("POST", f"{issues}/{number}/comments", token, {"body": body})
    print(f"{'replaced' if known else 'made'} the comment on #{number}")


if __name__ == "__main__":
    try:
        main()
    except CommentError as error:
        sys.exit(f"comment: {error}")
