"""The report on small repositories: its verdicts, notes, tables and errors."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stages.common.errors import PipelineError
from tests.support.runs import CLASSES, commit_run, git, repository, write_run
from tools.report.__main__ import compared, main
from tools.report.markdown import render
from tools.report.verdict import notes, verdict


@pytest.fixture
def repo(here: Path) -> Path:
    """Make the working directory a repository whose main holds a run with 60 of 300 images wrong."""
    repository(here)
    write_run(here, wrong=range(60))
    commit_run(here)
    return here


def reported(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[str, str]:
    """Write the report and return the comment and the page."""
    monkeypatch.setattr(sys, "argv", ["report", *arguments])
    main()
    return Path("report/report.md").read_text(), Path("report/index.html").read_text()


def test_nothing_changed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against itself the verdict is that nothing changed, and the comment shows no table of changes."""
    comment, page = reported(monkeypatch, "main")
    assert "**Nothing changed: every metric and prediction is that of main (" in comment
    assert "| before |" not in comment
    assert "Nothing changed" in page


def test_param_without_effect(repo: Path) -> None:
    """A param that changes nothing in the model is told apart from a difference."""
    write_run(repo, wrong=range(60), lr=0.2)
    assert verdict(compared("main")).startswith("The model did not change: the params differ")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (
            range(20),
            "Better: test accuracy goes from 0.8000 to 0.9333 (+0.1333, p < 0.001), more than chance explains.",
        ),
        (
            range(120),
            "Worse: test accuracy goes from 0.8000 to 0.6000 (-0.2000, p < 0.001), more than chance explains.",
        ),
        (
            range(2, 65),
            "No clear difference: test accuracy goes from 0.8000 to 0.7900 (-0.0100, p = 0.45), which may be chance.",
        ),
        (range(30, 90), "No difference in test accuracy: it is 0.8000 before and after."),
    ],
)
def test_verdict_says_whether_it_is_signal(repo: Path, wrong: range, expected: str) -> None:
    """The verdict gives both accuracies, the difference, its p value and what follows from it."""
    write_run(repo, wrong=wrong, lr=0.2)
    assert verdict(compared("main")) == expected


def test_comment_shows_params_metrics_and_classes(repo: Path) -> None:
    """The comment has the changed params, the metrics with arrows and intervals, and the classes by size of change."""
    write_run(repo, wrong=range(0, 60, 3), lr=0.2, test_loss=0.6)
    comment = render(compared("main"), [])
    assert comment.startswith("<!-- model-report -->\n### Model report\n\n**Better: ")
    assert "| `lr` | `0.1` | `0.2` |" in comment
    assert "| `test_accuracy` | 0.8000<br>(0.7511 to 0.8413) | 0.9333<br>" in comment
    assert "| +0.1333 | ↑ better, signal, p < 0.001 |" in comment
    assert "| `test_loss` | 0.5000 | 0.6000 | +0.1000 | ↑ worse |" in comment
    assert "40 are newly right and 0 newly wrong" in comment
    changes = [
        abs(float(found))
        for found in re.findall(r"^\| `(?:circle|square|triangle)` \| ([+-][\d.]+)", comment, re.M)
    ]
    assert len(changes) == len(CLASSES)
    assert changes == sorted(changes, reverse=True)


def test_base_without_results(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the base has no run yet the report says so, gives the accuracy, and the gate fails nothing."""
    repository(here)
    write_run(here, wrong=range(30))
    comment, page = reported(monkeypatch, "main", "--fail-if", "test_accuracy < base - 0.005")
    assert "Nothing to compare with: main (" in comment
    assert "Test accuracy is 0.9000." in comment
    assert "not applied: main (" in comment
    assert "Nothing to compare with" in page


@pytest.mark.parametrize(
    "change",
    [{"test_file": "b" * 64}, {"images": 240}, {"classes": ("disc", "square", "triangle")}],
)
def test_other_test_images_are_not_compared_one_by_one(
    repo: Path, change: dict[str, object]
) -> None:
    """When the test images differ there is no paired test, and the report says that differences mean little."""
    write_run(repo, wrong=range(24), **change)  # type: ignore[arg-type]
    comment = render(compared("main"), [])
    assert "**Not comparable: the test images changed." in comment
    assert "> The metrics of the two sides were measured on different test images" in comment
    assert "p =" not in comment
    assert "p <" not in comment


def test_working_tree_without_results(here: Path) -> None:
    """Without a run in the working tree there is no report but a line that says what to do."""
    repository(here)
    with pytest.raises(
        PipelineError, match="the working tree has no results; run `make repro` first"
    ):
        compared("main")


def test_results_older_than_their_params_are_noted(repo: Path) -> None:
    """A param or result that is not as dvc.lock records it is named: in the verdict here, in a note for the base."""
    lock = "stages: {train: {params: {params.yaml: {lr: 0.1, epochs: 2}}, outs: [{path: metrics/evaluate.json, md5: '0'}]}}"
    Path("dvc.lock").write_text(lock)
    Path("params.yaml").write_text("epochs: 2\nlr: 0.3\n")
    stale = "lr, metrics/evaluate.json changed"
    assert (
        verdict(compared("main"))
        == f"Out of date: {stale} since the results were made; run `make repro` and report again."
    )
    commit_run(repo)
    Path("dvc.lock").unlink()
    (note,) = notes(compared("main"))
    assert note.endswith(f"are not those of its params and code: {stale} after them.")


@pytest.mark.parametrize("name", ["nowhere", "", "--help", "main:params.yaml", "HEAD^{tree}"])
def test_unknown_revision_is_one_line(repo: Path, name: str) -> None:
    """A base that is no commit is refused in one line that says how to get it."""
    with pytest.raises(PipelineError, match=r"\ABASE: git knows no revision [^\n]+fetch[^\n]+\Z"):
        compared(name)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("metrics/evaluate.json", "{"),
        ("metrics/evaluate.json", "[]"),
        ("metrics/train.json", '{"loss": NaN}'),
        ("plots/predictions.csv", "actual,predicted\ncircle\n"),
        ("plots/predictions.csv", "actual,predicted\ncircle,cat\n"),
        ("plots/history.csv", "epoch\n1\n"),
        ("plots/history.csv", "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n1,x,,,\n"),
        ("params.yaml", "lr: [\n"),
    ],
)
def test_damaged_file_is_named(repo: Path, path: str, content: str) -> None:
    """A file that cannot be read is named in one line."""
    Path(path).write_text(content)
    with pytest.raises(PipelineError, match=rf"\A{path}: [^\n]+\Z"):
        compared("main")


MARKUP = {f"<{tag}>" for name in ("details", "summary", "code") for tag in (name, f"/{name}")} | {
    "<br>",
    "<!-- model-report -->",
}


class _Elements(HTMLParser):
    """The tags of a page, and every address that it names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_text_from_files_stays_text(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markup in a class or a param is shown as text, in the comment and on the page."""
    repository(here)
    classes = ("<img src=x onerror=alert(1)>", "a|b", "@everyone")
    write_run(here, classes=classes)
    commit_run(here)
    write_run(here, classes=classes, wrong=range(30))
    Path("params.yaml").write_text(
        'epochs: 2\nlr: "<script>alert(1)</script> | @everyone `x` ![](http://x.example)"\n'
    )
    comment, page = reported(monkeypatch, "main")
    assert "`<img src=x onerror=alert(1)>`" in comment
    outside = re.sub(r"`[^`\n|]+`", "", comment)
    assert set(re.findall(r"<[a-z/!-][^>]*>", outside)) <= MARKUP
    assert not any(text in outside for text in ("@", "![", "http:", "`"))
    elements = _Elements(page)
    assert "script" not in elements.tags
    assert all(address.startswith("data:image/png;base64,") for address in elements.addresses)


def test_base_is_read_from_git_and_not_checked_out(repo: Path) -> None:
    """The base is what was committed, whatever lies in the working tree or the index."""
    write_run(repo, wrong=range(20), lr=0.2)
    git(repo, "add", "-A")
    comparison = compared("HEAD")
    assert (comparison.base.params["lr"], comparison.head.params["lr"]) == (0.1, 0.2)
    assert comparison.head.label.endswith("with uncommitted changes")
