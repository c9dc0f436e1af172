"""The report on small repositories: its verdicts, notes, tables and errors."""

import re
import sys
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dev.comment import MOST
from stages.common.errors import PipelineError
from tests.support.project import ROOT, clean_environment
from tests.support.runs import CLASSES, commit_run, record_run, repository, write_run
from tests.support.usage import measure
from tools.report.__main__ import change_from, main
from tools.report.change import Change
from tools.report.gate import judge
from tools.report.markdown import render
from tools.report.text import WHY_FOLDED, notes, verdict
from tools.runs.revision import commit


@pytest.fixture
def repo(here: Path) -> Path:
    """Make the working directory a repository whose main holds a run, a fifth of its images wrong.

    Of 300 validation images 60 are wrong, and of as many test images 60.
    """
    repository(here)
    write_run(here, wrong=range(60), test_wrong=range(60))
    commit_run(here)
    return here


def changed(base: str = "main") -> Change:
    """Return what changes from a revision to the working tree."""
    return change_from(commit(base))


def report(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[str, str]:
    """Write the report and return the comment and the page."""
    monkeypatch.setattr(sys, "argv", ["report", *arguments])
    main()
    return Path("report/report.md").read_text(encoding="utf-8"), Path(
        "report/index.html"
    ).read_text(encoding="utf-8")


def status(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """Return the exit status of the report, None for success."""
    try:
        report(monkeypatch, *arguments)
    except SystemExit as ended:
        return ended.code
    return None


def test_nothing_changed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against itself the verdict is that nothing changed, without a table of changes."""
    comment, page = report(monkeypatch, "main")
    assert "**Nothing changed: every metric and prediction is that of main (" in comment
    assert "| before |" not in comment
    assert "Nothing changed" in page


def test_param_without_effect(repo: Path) -> None:
    """A param that changes nothing in the model is told apart from a difference."""
    write_run(repo, wrong=range(60), test_wrong=range(60), lr=0.2)
    assert verdict(changed()).startswith("The model did not change: the params differ")


@pytest.mark.parametrize(
    ("wrong", "start", "end"),
    [
        (
            range(20),
            "Better: val_loss goes from 0.4841 to 0.3147 (-0.1694, p < 0.001)",
            "explains.",
        ),
        (
            range(120),
            "Worse: val_loss goes from 0.4841 to 0.7380 (+0.2539, p < 0.001)",
            "explains.",
        ),
        (
            range(2, 65),
            "No clear difference: val_loss goes from 0.4841 to 0.4966 (+0.0125, p = 0.27)",
            ", which may be chance.",
        ),
        (range(7, 67), "No difference in val_loss: it is 0.4841", " before and after."),
    ],
)
def test_verdict_says_whether_it_is_signal(repo: Path, wrong: range, start: str, end: str) -> None:
    """The verdict gives both losses, the difference, its p value and what follows from it."""
    write_run(repo, wrong=wrong, test_wrong=range(60), lr=0.2)
    found = verdict(changed())
    assert found.startswith(start)
    assert found.endswith(end)


def test_comment_shows_params_metrics_and_classes(repo: Path) -> None:
    """The comment has the params, the metrics with arrows and p values, and the classes."""
    write_run(repo, wrong=range(0, 60, 3), test_wrong=range(60), lr=0.2)
    comment = render(changed(), [])
    assert comment.startswith("<!-- model-report -->\n### Model report\n\n**Better: ")
    assert "| `lr` | `0.1` | `0.2` |" in comment
    assert "| `val_loss` | ↓ better<br>signal, p < 0.001 | 0.4841 | 0.3146 | -0.1695 |" in comment
    assert "| `val_accuracy` | ↑ better<br>signal, p < 0.001 | 0.8000 | 0.9333 |" in comment
    assert "Of 300 validation images 40 are newly right and 0 newly wrong" in comment
    lines = re.findall(r"^\| `(?:circle|square|triangle)` \| ([+-][\d.]+)", comment, re.M)
    changes = [abs(float(found)) for found in lines]
    assert len(changes) == len(CLASSES)
    assert changes == sorted(changes, reverse=True)
    # Wilson's intervals of 80 and of 100 of 100
    assert "0.8000<br>(0.7112 to 0.8666) | 1.0000<br>(0.9630 to 1.0000)" in comment
    assert "test images" not in comment


def test_test_images_are_folded_and_ring_an_alarm(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A change that helps on validation images alone passes, with a warning of what it does."""
    write_run(repo, wrong=range(20), test_wrong=range(120), lr=0.2)
    comment, page = report(monkeypatch, "main")
    alarm = "Alarm: the test accuracy falls by 0.2000 (p < 0.001), although val_loss is not worse."
    assert f"> [!WARNING]\n> {alarm}\n" in comment
    assert escape(alarm) in page
    assert alarm in capsys.readouterr().err
    folded = comment[comment.index("<summary>Metrics of the test images") :]
    assert f"</summary>\n\n{WHY_FOLDED}\n" in folded
    assert (
        "| `test_accuracy` | ↓ worse<br>signal, p < 0.001 | 0.8000<br>(0.7511 to 0.8413)" in folded
    )
    assert "test_accuracy" not in comment.split("<details>")[0]


def test_base_without_results(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the base has no run yet the report says so, and the gate passes."""
    repository(here)
    write_run(here, wrong=range(30))
    comment, page = report(monkeypatch, "main")
    assert "**Nothing to compare with: main (" in comment
    assert "- ✅ gate: `val_loss is not worse`: main (" in comment
    assert "has no results to compare with yet" in comment
    assert "Nothing to compare with" in page


@pytest.mark.parametrize(
    ("val", "test", "start", "decides"),
    [
        (range(20, 320), range(300), "Better: val_loss goes from 0.4115 to", "val_loss"),
        (range(280, 500), range(300), "Better: test accuracy goes from 0.8000", "test_accuracy"),
        (range(300, 600), range(59, 359), "No clear difference: test accuracy", "test_accuracy"),
        (range(300, 600), range(300, 600), "Not comparable: the two sides have no", "val_loss"),
    ],
)
def test_only_images_that_both_sides_hold_are_compared(
    repo: Path, val: range, test: range, start: str, decides: str
) -> None:
    """Another split or version of a dataset is compared on common images, as many as there are."""
    write_run(repo, wrong=[], val=val, test=test)
    change = changed()
    both = len(set(val) & set(range(300)))
    assert verdict(change).startswith(start)
    said = "\n".join(notes(change))
    assert (
        f"on the {both} validation images that both hold (300 before, {len(val)} after)" in said
    ) == (both > 0)
    (check,) = judge(None, change)
    assert check.rule == f"{decides} is not worse"
    assert check.failed == (not both and test.start == 300)


def test_working_tree_without_results(here: Path) -> None:
    """Without a run in the working tree there is no report but a line that says what to do."""
    repository(here)
    with pytest.raises(PipelineError, match="the working tree has no results; run `make repro`"):
        changed()


def test_gate_on_stale_results_fails(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A param changed without a run makes the report out of date and fails any gate, by name."""
    Path("params.yaml").write_text("epochs: 2\nlr: 0.0001\n", encoding="utf-8")
    assert status(monkeypatch, "main", "--fail-if", "never") is None
    assert status(monkeypatch, "main", "--fail-if", "test_accuracy < 0.1") == 2
    assert status(monkeypatch, "main") == 2
    said = capsys.readouterr()
    why = "lr changed since the results were made; run `make repro`"
    assert f"Out of date: {why} and report again.\n" in said.out
    assert said.err == f"report: gate: failed: the results are up to date: {why}\n" * 2
    assert "- ❌ gate: `the results are up to date`" in Path("report/report.md").read_text(
        encoding="utf-8"
    )


def test_stale_base_is_noted_and_does_not_fail(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of the base that are not of its params get a warning; the change is not at fault."""
    Path("params.yaml").write_text("epochs: 2\nlr: 0.3\n", encoding="utf-8")
    commit_run(repo)
    write_run(repo, wrong=range(60), test_wrong=range(60))
    (note,) = notes(changed())
    assert "are stale: lr changed since" in note
    assert status(monkeypatch, "main", "--fail-if", "test_accuracy < base") is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], 2),
        (["--fail-if", ""], 2),
        (["--fail-if", "never"], None),
        (["--fail-if", "val_accuracy < base"], 2),
        (["--fail-if", "val_accuracy < 0.1"], None),
        (["--fail-if", "val_accuracy < 0.1,test_loss > base"], None),
        (["--fail-iff", "test_accuracy < base"], 1),
        (["other"], 1),
    ],
)
def test_exit_status_tells_a_tripped_gate_from_a_wrong_option(
    repo: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: int | None
) -> None:
    """Status 2 is the gate's alone; a wrong option is 1."""
    write_run(repo, wrong=range(90), test_wrong=range(60), lr=0.2)
    assert status(monkeypatch, "main", *arguments) == expected


@pytest.mark.parametrize("given", [" ", " , ,", "test_accuracy < 0.1,"])
def test_a_gate_without_a_condition_is_refused(
    repo: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """A FAIL_IF that is set, and of which a part states no condition, does not pass as a gate."""
    with pytest.raises(PipelineError, match=r"--fail-if: '.*' is no condition; write for example"):
        status(monkeypatch, "main", "--fail-if", given)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("metrics/evaluate.json", "{"),
        ("metrics/evaluate.json", "[]"),
        ("metrics/evaluate.json", '{"test_accuracy": 1e5000000}'),
        ("metrics/evaluate.json", '{"test_accuracy": 1e-9999999999999999999}'),
        ("metrics/evaluate.json", f'{{"test_accuracy": {"9" * 5000}}}'),
        ("metrics/evaluate.json", '{"classes": 5}'),
        ("metrics/evaluate.json", '{"classes": ["circle"]}'),
        ("metrics/train.json", '{"loss": NaN}'),
        ("plots/predictions.csv", "actual,predicted,digest,loss\ncircle\n"),
        ("plots/predictions.csv", "actual,predicted,digest,loss\ncircle,cat,1,0\n"),
        ("plots/predictions.csv", "actual,predicted,digest,loss\ncircle,circle,1,x\n"),
        ("plots/predictions.csv", "actual,predicted,digest,loss\n" + "x" * 200_000 + ",0,1,0\n"),
        ("plots/history.csv", "epoch\n1\n"),
        ("plots/history.csv", "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n1,x,,,\n"),
        ("params.yaml", "lr: [\n"),
        ("params.yaml", "- 1\n"),
        ("dvc.lock", "schema: '2.0'\nstages: {train: {cmd: 5, outs: [{path: [1]}]}}"),
    ],
)
def test_damaged_file_of_a_base_is_one_line(
    repo: Path, monkeypatch: pytest.MonkeyPatch, path: str, content: str
) -> None:
    """A file that cannot be read is named in one line, with the revision; nothing is written."""
    Path(path).write_text(content, encoding="utf-8")
    commit_run(repo)
    write_run(repo)
    line = r"\A(dvc.yaml and dvc.lock in )?main \([0-9a-f]{7}\): [^\n]+\Z"
    with pytest.raises(PipelineError, match=line) as refused:
        report(monkeypatch, "main")
    assert path in str(refused.value)
    assert not Path("report").exists()
    assert len(str(refused.value)) < 1000


NAMES = [
    "<img src=x onerror=alert(1)>",
    "a|b",
    "@everyone",
    "$\\frac$",
    "line\u2028separator",
    "next\u0085line",
    'commas, and "quotes"',
    "名前",
    "이름",
    "الاسم",
]


class _Elements(HTMLParser):
    """The tags of a page, and every address that it names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.scripts = 0  # that a browser would run, if the page's policy let it
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.scripts += tag == "script" and ("type", "application/json") not in attrs
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


MARKUP = {f"<{tag}>" for name in ("details", "summary", "code") for tag in (name, f"/{name}")} | {
    "<br>",
    "<!-- model-report -->",
}


def test_text_from_files_stays_text(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Class names and params of any script and sign are shown as text, here and on the page."""
    repository(here)
    value = "<script>alert(1)</script> | @everyone `x` ![](http://x.example)"
    write_run(here, classes=NAMES)
    commit_run(here)
    write_run(here, classes=NAMES, wrong=range(30))
    Path("params.yaml").write_text(f"epochs: 2\nlr: '{value}'\n'@name': 1\n", encoding="utf-8")
    record_run(here, params={"epochs": 2, "lr": value})
    comment, page = report(monkeypatch, "main", "--fail-if", "never")
    assert "`<img src=x onerror=alert(1)>`" in comment
    outside = re.sub(r"`[^`\n|]+`", "", comment)
    assert set(re.findall(r"<[a-z/!-][^>]*>", outside)) <= MARKUP
    assert not any(text in outside for text in ("@", "![", "http:", "`"))
    elements = _Elements(page)
    assert "<script>alert" not in page
    assert elements.scripts == 2  # Vega's and the page's own: the browser runs no other
    assert all(address.startswith("data:image/png;base64,") for address in elements.addresses)
    assert "名前" in comment
    assert "名前" in page


def test_names_of_files_and_branches_stay_text(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the pipeline and a revision with markup in their names add nothing to a report."""
    repository(here)
    write_run(here, wrong=range(60))
    pipeline = (
        Path("dvc.yaml")
        .read_text(encoding="utf-8")
        .replace("train.py\n", "'@x <b>![](http://x)\\n# h'\n")
    )
    Path("dvc.yaml").write_text(pipeline, encoding="utf-8")
    commit_run(here)
    comment, page = report(monkeypatch, "main^{/Run}", "--fail-if", "never")
    assert "<b>" not in comment.replace("`<b>`", "")
    assert not re.search(r"@\w|!\[|http://|^# ", comment, re.M)
    assert "<b>" not in page


@pytest.mark.slow
def test_report_of_256_classes_is_small(here: Path) -> None:
    """With the most and longest class names, the report takes little memory and fits a comment."""
    repository(here)
    classes = [f"{number:03} {'`' * 36}" for number in range(256)]
    write_run(here, classes=classes, test=range(512))
    commit_run(here)
    write_run(here, classes=classes, test=range(512), test_wrong=range(100), wrong=range(100))
    used = measure(
        *(sys.executable, "-m", "tools.report", "--fail-if", "never"),
        folder=here,
        environment=clean_environment() | {"PYTHONPATH": str(ROOT)},
    )
    assert used.peak < 600  # MiB
    assert used.seconds < 20
    comment = Path("report/report.md").read_text(encoding="utf-8")
    assert "**Worse: " in comment
    assert "`report/index.html`" in comment  # has the table that is too long
    assert len(comment) <= MOST
