"""The report on small repositories: its verdicts, notes, tables and errors."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dev.comment import MOST
from stages.common.errors import PipelineError
from tests.support.project import ROOT, clean_environment
from tests.support.runs import CLASSES, commit_run, record_run, repository, write_run
from tests.support.usage import measure
from tools.report.__main__ import compare_with, main
from tools.report.comparison import Comparison
from tools.report.markdown import render
from tools.report.verdict import notes, verdict
from tools.runs.revision import commit


@pytest.fixture
def repo(here: Path) -> Path:
    """Make the working directory a repository whose main holds a run, 60 of 300 images wrong."""
    repository(here)
    write_run(here, wrong=range(60))
    commit_run(here)
    return here


def compared(base: str = "main") -> Comparison:
    """Return the working tree compared with a revision."""
    return compare_with(commit(base))


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
    write_run(repo, wrong=range(60), lr=0.2)
    assert verdict(compared()).startswith("The model did not change: the params differ")


@pytest.mark.parametrize(
    ("wrong", "start", "end"),
    [
        (range(20), "Better: test accuracy goes from 0.8000 to 0.9333 (+0.1333", "explains."),
        (range(120), "Worse: test accuracy goes from 0.8000 to 0.6000 (-0.2000", "explains."),
        (
            range(2, 65),
            "No clear difference: test accuracy goes from 0.8000 to 0.7900 (-0.0100, p = 0.45)",
            ", which may be chance.",
        ),
        (range(30, 90), "No difference in test accuracy: it is 0.8000", " before and after."),
    ],
)
def test_verdict_says_whether_it_is_signal(repo: Path, wrong: range, start: str, end: str) -> None:
    """The verdict gives both accuracies, the difference, its p value and what follows from it."""
    write_run(repo, wrong=wrong, lr=0.2)
    found = verdict(compared())
    assert found.startswith(start)
    assert found.endswith(end)


def test_comment_shows_params_metrics_and_classes(repo: Path) -> None:
    """The comment has the params, the metrics with arrows and intervals, and the classes."""
    write_run(repo, wrong=range(0, 60, 3), lr=0.2, test_loss=0.6)
    comment = render(compared(), [])
    assert comment.startswith("<!-- model-report -->\n### Model report\n\n**Better: ")
    assert "| `lr` | `0.1` | `0.2` |" in comment
    better = "↑ better<br>signal, p < 0.001"
    assert f"| `test_accuracy` | {better} | 0.8000<br>(0.7511 to 0.8413) | 0.9333<br>" in comment
    assert "| `test_loss` | ↑ worse | 0.5000 | 0.6000 | +0.1000 |" in comment
    assert "40 are newly right and 0 newly wrong" in comment
    lines = re.findall(r"^\| `(?:circle|square|triangle)` \| ([+-][\d.]+)", comment, re.M)
    changes = [abs(float(found)) for found in lines]
    assert len(changes) == len(CLASSES)
    assert changes == sorted(changes, reverse=True)


def test_base_without_results(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the base has no run yet the report says so, and a condition on it fails nothing."""
    repository(here)
    write_run(here, wrong=range(30))
    comment, page = report(monkeypatch, "main", "--fail-if", "test_accuracy < base - 0.005")
    assert "Nothing to compare with: main (" in comment
    assert "Test accuracy is 0.9000." in comment
    assert "- ✅ gate `test_accuracy < base - 0.005`: main (" in comment
    assert "has no results yet" in comment
    assert "Nothing to compare with" in page


@pytest.mark.parametrize(
    "change",
    [{"test_file": "b" * 64}, {"images": 240}, {"classes": ("disc", "square", "triangle")}],
)
def test_other_test_images_are_not_compared_one_by_one(
    repo: Path, change: dict[str, object]
) -> None:
    """When the test images differ there is no paired test, and the differences mean little."""
    write_run(repo, wrong=range(24), **change)  # type: ignore[arg-type]
    comment = render(compared(), [])
    assert "**Not comparable: the test images changed." in comment
    assert "> The metrics of the two sides were measured on different test images" in comment
    assert "p =" not in comment
    assert "p <" not in comment


def test_working_tree_without_results(here: Path) -> None:
    """Without a run in the working tree there is no report but a line that says what to do."""
    repository(here)
    with pytest.raises(PipelineError, match="the working tree has no results; run `make repro`"):
        compared()


def test_gate_on_stale_results_fails(
    repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A param changed without a run makes the report out of date and fails any gate, by name."""
    Path("params.yaml").write_text("epochs: 2\nlr: 0.0001\n", encoding="utf-8")
    assert status(monkeypatch, "main") is None
    assert status(monkeypatch, "main", "--fail-if", "test_accuracy < 0.1") == 2
    said = capsys.readouterr()
    why = "lr changed since the results were made; run `make repro`"
    assert f"Out of date: {why} and report again.\n" in said.out
    assert said.err == f"report: gate: up to date: {why}\n"
    assert "- ❌ gate `up to date`" in Path("report/report.md").read_text(encoding="utf-8")


def test_stale_base_is_noted_and_does_not_fail(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of the base that are not of its params get a warning; the change is not at fault."""
    Path("params.yaml").write_text("epochs: 2\nlr: 0.3\n", encoding="utf-8")
    commit_run(repo)
    write_run(repo, wrong=range(60))
    (note,) = notes(compared())
    assert "are not those of its params, code and data: lr changed since" in note
    assert status(monkeypatch, "main", "--fail-if", "test_accuracy < base") is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--fail-if", "test_accuracy < base"], 2),
        (["--fail-if", "test_accuracy < 0.1"], None),
        (["--fail-if", "test_accuracy < 0.1,test_loss > base"], None),
        (["--fail-if", ""], None),
        (["--fail-iff", "test_accuracy < base"], 1),
        (["other"], 1),
    ],
)
def test_exit_status_tells_a_tripped_gate_from_a_wrong_option(
    repo: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: int | None
) -> None:
    """Status 2 is the gate's alone; a wrong option is 1."""
    write_run(repo, wrong=range(90), lr=0.2)
    assert status(monkeypatch, "main", *arguments) == expected


@pytest.mark.parametrize("given", [" ", " , ,", "test_accuracy < 0.1,"])
def test_a_gate_without_a_condition_is_refused(
    repo: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """A FAIL_IF that is set, and of which a part states no condition, does not pass as a gate."""
    with pytest.raises(PipelineError, match=r"--fail-if: '.*' is no condition; write for example"):
        status(monkeypatch, "main", "--fail-if", given)


def test_results_of_the_old_names_are_compared(repo: Path) -> None:
    """A base from before metrics were renamed compares; what one side lacks is said to be so."""
    scores = json.loads(Path("metrics/evaluate.json").read_text(encoding="utf-8"))
    scores["per_class"] = scores.pop("classes")
    low, high = scores.pop("test_accuracy_interval")
    old = scores | {"test_accuracy_low": low, "test_accuracy_high": high}
    Path("metrics/evaluate.json").write_text(json.dumps(old), encoding="utf-8")
    record_run(repo, params={"epochs": 2, "lr": 0.1})
    commit_run(repo)
    write_run(repo, wrong=range(20))
    comment = render(compared(), [])
    assert "**Better: " in comment
    assert "| 0.8000 | 0.9333<br>(0.8993 to 0.9564) | +0.1333 |" in comment
    assert "<summary>Metrics that only one side has</summary>" in comment
    assert f"| `test_accuracy_low` | {low:.4f} | - |" in comment


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
        ("plots/predictions.csv", "actual,predicted\ncircle\n"),
        ("plots/predictions.csv", "actual,predicted\ncircle,cat\n"),
        ("plots/predictions.csv", "actual,predicted\n" + "x" * 200_000 + ",circle\n"),
        ("plots/history.csv", "epoch\n1\n"),
        ("plots/history.csv", "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n1,x,,,\n"),
        ("params.yaml", "lr: [\n"),
        ("params.yaml", "- 1\n"),
        ("dvc.lock", "schema: '2.0'\nstages: {train: {cmd: 5, outs: [{path: [1]}]}}"),
    ],
)
def test_damaged_file_of_a_base_is_one_line(repo: Path, path: str, content: str) -> None:
    """A file that cannot be read is named in one line, with the revision that holds it."""
    Path(path).write_text(content, encoding="utf-8")
    commit_run(repo)
    line = r"\A\S+( and \S+)? in main \([0-9a-f]{7}\)[^\n]+\Z"
    with pytest.raises(PipelineError, match=line) as refused:
        compared()
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize("files", ["[1, 2]", "5", "null", '{"a": 1}', '[{"name": 1}]'])
def test_odd_list_of_files_is_no_traceback(repo: Path, files: str) -> None:
    """A metrics file whose list of files holds anything else only cannot prove the same images."""
    Path("metrics/download.json").write_text(f'{{"files": {files}}}', encoding="utf-8")
    commit_run(repo)
    write_run(repo, wrong=range(60))
    assert verdict(compared()).startswith("Not comparable")


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
    comment, page = report(monkeypatch, "main")
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
    comment, page = report(monkeypatch, "main^{/Run}")
    assert "<b>" not in comment.replace("`<b>`", "")
    assert not re.search(r"@\w|!\[|http://|^# ", comment, re.M)
    assert "<b>" not in page


@pytest.mark.slow
def test_report_of_256_classes_is_small(here: Path) -> None:
    """With the most and longest class names, the report takes little memory and fits a comment."""
    repository(here)
    classes = [f"{number:03} {'`' * 36}" for number in range(256)]
    write_run(here, classes=classes, images=512)
    commit_run(here)
    write_run(here, classes=classes, images=512, wrong=range(100))
    used = measure(
        *(sys.executable, "-m", "tools.report"),
        folder=here,
        environment=clean_environment() | {"PYTHONPATH": str(ROOT)},
    )
    assert used.peak < 600  # MiB
    assert used.seconds < 20
    comment = Path("report/report.md").read_text(encoding="utf-8")
    assert "**Worse: " in comment
    assert "`report/index.html`" in comment  # has the table that is too long
    assert len(comment) <= MOST
