"""The comment on a pull request, against a real server."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.comment import AUTHOR, MARKER, MOST, NOT_VERIFIED
from tests.support.comment_server import TOKEN, Server, comment_server, workflow_environment
from tests.support.project import ROOT
from tools.report import markdown


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve until the test ends."""
    with comment_server() as running:
        yield running


def post(
    folder: Path, server: Server, report: str | bytes, **changed: str
) -> subprocess.CompletedProcess[str]:
    """Run the tool in `folder` with `report`, as the workflow does."""
    (folder / "report").mkdir(exist_ok=True)
    (folder / "report/report.md").write_bytes(
        report.encode() if isinstance(report, str) else report
    )
    # Isolated, since it must need no package.
    command = [sys.executable, "-I", str(ROOT / "dev/comment.py")]
    return subprocess.run(
        command,
        cwd=folder,
        env=workflow_environment(server) | changed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_comment_is_made_and_then_replaced(tmp_path: Path, server: Server) -> None:
    """A report makes a comment with a link to the run; the next replaces it, on any page."""
    for number in range(150):
        server.add(f"Comment {number}")
    assert post(tmp_path, server, f"{MARKER}\nfirst\n").stdout == "made the comment on #7\n"
    assert post(tmp_path, server, f"{MARKER}\nsecond\n").stdout == "replaced the comment on #7\n"
    assert len(server.comments) == 151
    assert server.comments[-1]["body"] == (
        f"{MARKER}\n{NOT_VERIFIED}\nsecond\n\n[The page with all pictures]"
        "(https://github.example/owner/name/actions/runs/12/artifacts/34)\n"
    )


def test_the_line_of_verify_stands_on_top(tmp_path: Path, server: Server) -> None:
    """The line comes first; a file that is not such a line is refused in one line."""
    line = tmp_path / "report/verify.md"
    line.parent.mkdir()
    line.write_text("❌ Stale: lr changed.\n", encoding="utf-8")
    assert post(tmp_path, server, f"{MARKER}\nreport\n").returncode == 0
    assert server.comments[-1]["body"].startswith(f"{MARKER}\n❌ Stale: lr changed.\n\nreport\n")
    for odd in ("", "✅ a\n✅ b\n", "no sign\n", f"✅ {'x' * 2000}\n", "✅ no end"):
        line.write_text(odd, encoding="utf-8")
        refused = post(tmp_path, server, f"{MARKER}\nreport\n")
        assert refused.returncode == 1
        assert "report/verify.md: not a line that begins with" in refused.stderr
    assert len(server.comments) == 1


def test_comments_of_others_are_left_alone(tmp_path: Path, server: Server) -> None:
    """A comment that somebody else starts with the marker is not overwritten."""
    server.add(f"{MARKER}\nnot yours")
    assert post(tmp_path, server, f"{MARKER}\nreport\n").returncode == 0
    theirs, own = (comment["body"] for comment in server.comments)
    assert theirs == f"{MARKER}\nnot yours"
    assert "\nreport\n" in own


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ("text\n", "its first line is not"),
        (f"{MARKER}\n" + "x" * MOST, "a comment takes"),
        (b"\xff", "can't decode"),
    ],
)
def test_what_is_no_report_is_not_posted(
    tmp_path: Path, server: Server, report: str | bytes, reason: str
) -> None:
    """A file that is not a report, or too long for a comment, is refused in one line."""
    done = post(tmp_path, server, report)
    assert (done.returncode, server.comments) == (1, [])
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_TOKEN", ""),
        ("GITHUB_REPOSITORY", "owner/name/../other"),
        ("PULL_REQUEST", "7/../8"),
        ("PAGE", "#"),
        ("GITHUB_API_URL", "file:///x"),
    ],
)
def test_settings_are_checked(tmp_path: Path, server: Server, name: str, value: str) -> None:
    """A setting that could lead to another address is refused in one line that names it."""
    done = post(tmp_path, server, f"{MARKER}\n", **{name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"comment: {name}: ")
    assert server.comments == []


def test_refusal_of_the_server_is_one_line(tmp_path: Path, server: Server) -> None:
    """A token that may not comment is reported in one line with the address."""
    done = post(tmp_path, server, f"{MARKER}\n", GITHUB_TOKEN="wrong")
    assert done.returncode == 1
    assert done.stderr.startswith("comment: GET http://127.0.0.1:")
    assert "401" in done.stderr
    assert TOKEN not in done.stderr


@pytest.mark.parametrize(
    "odd",
    [
        {"id": 1, "body": MARKER, "user": None},
        {"id": 1, "body": None, "user": {"login": AUTHOR}},
        {"id": None, "body": MARKER, "user": {"login": AUTHOR}},
        {"body": MARKER},
        None,
        "text",
    ],
)
def test_odd_comment_in_the_answer_is_passed_over(
    tmp_path: Path, server: Server, odd: dict[str, object]
) -> None:
    """A comment of a deleted account, or anything that is not a comment, is left alone."""
    server.comments.append(odd)
    done = post(tmp_path, server, f"{MARKER}\nreport\n")
    assert (done.stdout, done.stderr) == ("made the comment on #7\n", "")


def test_answer_that_is_no_list_is_one_line(tmp_path: Path, server: Server) -> None:
    """An answer of another form ends in one line with the address."""
    server.answer = {"message": "ok"}
    done = post(tmp_path, server, f"{MARKER}\nreport\n")
    assert done.returncode == 1
    assert done.stderr.startswith("comment: GET http://127.0.0.1:")
    assert done.stderr.endswith("the answer is not a list of comments\n")


def test_answer_that_breaks_off_is_one_line(tmp_path: Path, server: Server) -> None:
    """A connection that ends within an answer is one line with the address."""
    server.breaks_off = True
    done = post(tmp_path, server, f"{MARKER}\nreport\n")
    assert done.returncode == 1
    assert done.stderr.startswith("comment: GET http://127.0.0.1:")
    assert done.stderr.count("\n") == 1


def test_a_report_is_what_the_comment_takes() -> None:
    """The report and the script without packages agree on the first line and the longest text."""
    assert (markdown.MARKER, markdown.MOST) == (MARKER, MOST)
