"""How far apart a committed file and the rerun's are, and what that means."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.runs.revision import WorkingTree
from tools.verify.compare import Outcome, compare
from tools.verify.verdict import verdict

LOCK = "schema: '2.0'\nstages:\n  a:\n    cmd: c\n    outs:\n    - path: {}\n      md5: '1'\n"
Case = tuple[str, str | bytes, str | bytes, str, bool]  # name, committed, made, text, is near
TABLE = "actual,predicted\n" + 1000 * "cat,dog\n"


def png(level: int, width: int = 2) -> bytes:
    """Return a picture of one level."""
    file = io.BytesIO()
    Image.fromarray(np.full((2, width), level, np.uint8)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize(
    "case",
    [
        ("a.json", '{"x": 0.5}', '{"x": 0.5}', "", True),
        ("a.json", '{"x": 0.5}', '{"x": 0.5004}', "x 0.500000 committed, 0.500400 here", True),
        ("a.json", '{"x": 0.5}', '{"x": 0.52}', "x 0.500000 committed, 0.520000 here", False),
        ("a.json", '{"x": 5}', '{"x": 6}', "x 5 committed, 6 here", False),
        (
            "a.json",
            '{"c": [{"f1": 0.5}]}',
            '{"c": []}',
            "c.1.f1 0.500000 committed, None here",
            False,
        ),
        ("a.json", '{"x":0.5}', '{"x": 0.5}', "the same content, written differently", False),
        ("a.json", '{"x":', '{"x": 0.5}', "damaged", False),
        ("a.csv", "a,b\n1.5,x\n", "a,b\n1.5001,x\n", "1 figures by at most 0.000100", True),
        ("a.csv", "a,b\n1.5,x\n", "a,b\n1.6,y\n", "1 of 1 rows have other text", False),
        ("a.csv", TABLE, TABLE.replace("dog", "cat", 2), "2 of 1,000 rows have other text", True),
        ("a.csv", TABLE, TABLE.replace("dog", "cat", 3), "3 of 1,000 rows have other text", False),
        ("a.csv", "a,b\n1,2.5\n", "a,b\n9,2.5\n", "1 of 1 rows have other text", False),
        ("a.csv", "a\n1\n", "a\n1\n2\n", "1 rows committed, 2 here, or other columns", False),
        ("a.png", png(9), png(12), "4 pixels by at most 3 of 255", True),
        ("a.png", png(9), png(99), "4 pixels by at most 90 of 255", False),
        ("a.png", png(9), png(9, 3), "another size", False),
        ("a.png", b"no picture", png(9), "damaged", False),
        ("a.svg", b"<svg>", b"<svg >", "other", False),
    ],
)
def test_what_differs_is_said_with_how_much(here: Path, case: Case) -> None:
    """Each kind of result is compared by its figures, with what another CPU may change."""
    name, committed, made, text, is_near = case
    path = f"plots/{name}"
    for folder, content in ((here, committed), (here / "rerun", made)):
        (folder / "plots").mkdir(parents=True)
        data = content.encode() if isinstance(content, str) else content
        (folder / path).write_bytes(data)
        (folder / "dvc.lock").write_text(LOCK.format(path), encoding="utf-8")
    _, outcome = compare(WorkingTree("here"), here / "rerun")
    assert outcome.path == path
    assert (outcome.text.split(", 1 figures")[0], outcome.is_near) == (text, is_near)


def test_each_cause_is_named_and_the_result_that_shows_it() -> None:
    """What is stale, edited or not tracked is said together; bits are a cause where none is."""
    lock, near = Outcome("dvc.lock", "differs in plots/a.csv"), Outcome("plots/a.csv", "1 figures")
    equal = Outcome("metrics/a.json")
    assert verdict([equal], (), ()) == ""
    both = verdict([lock, near], ["lr", "plots/a.csv"], ["train reads the param momentum"])
    assert both.startswith("Not tracked: train reads the param momentum, and dvc.yaml")
    assert "Stale: lr changed" in both
    assert "Edited: plots/a.csv is not the file" in both
    assert "Other bits" not in both
    assert verdict([lock, near], (), ()).startswith("Other bits: every figure is within 0.001")
    left = verdict([equal, Outcome("plots/old.csv", "no stage writes it", is_near=False)], (), ())
    assert left == "Left over: no stage writes plots/old.csv; remove it."
    many = verdict([lock], [f"stages/{number}.py" for number in range(9)], ())
    assert "stages/3.py and 5 more changed" in many
    assert verdict([equal], (), ["train imports x.py"]).startswith("Not tracked: train imports")
