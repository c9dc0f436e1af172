"""The gate's grammar, its arithmetic, and what it makes of results that it cannot judge."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tools.report.gate import GateError, judge, parse
from tools.report.results import Results

BASE = Results(
    label="main",
    params={},
    metrics={"test_accuracy": Decimal("0.8218"), "test_loss": Decimal("0.517304")},
    intervals={},
    test_files=(),
    predictions=None,
    history=None,
    pictures={},
    stale=(),
    empty=False,
)
EMPTY = replace(BASE, metrics={}, empty=True)


def head(**metrics: str) -> Results:
    """Return results with these metrics."""
    return replace(BASE, metrics={name: Decimal(value) for name, value in metrics.items()})


@pytest.mark.parametrize(
    ("text", "after", "failed"),
    [
        # In binary fractions 0.8218 - 0.005 is above 0.8168.
        ("test_accuracy < base - 0.005", "0.8168", False),
        ("test_accuracy <= base - 0.005", "0.8168", True),
        ("test_accuracy < base - 0.005", "0.816799", True),
        ("test_accuracy<base", "0.8217", True),
        ("test_accuracy < base", "0.8218", False),
        ("test_accuracy > base + 1e-3", "0.8229", True),
        ("test_accuracy >= 0.83", "0.83", True),
        ("  test_accuracy  <  0.83 ", "0.83", False),
        ("test_accuracy < -0.5", "0.1", False),
    ],
)
def test_conditions_are_applied_in_decimals(text: str, after: str, failed: bool) -> None:
    """A condition compares exactly what it says, to the last decimal."""
    (outcome,) = judge([parse(text)], BASE, head(test_accuracy=after))
    assert outcome.failed is failed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "test_accuracy",
        "test_accuracy < ",
        "test_accuracy < base -",
        "test_accuracy = base",
        "test_accuracy < base * 0.9",
        "test_accuracy < base - -1",
        "test_accuracy < base 0.1",
        "0.5 < test_accuracy",
        "test_accuracy < nan",
        "test_accuracy < 1e999",
        "test_accuracy < __import__('os')",
        "test_accuracy < base - 0.005; test_loss > 1",
        "test_accuracy < base - ٣",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """What the grammar does not know is refused in one line that shows how to write it."""
    with pytest.raises(GateError, match="is no condition; write for example") as refused:
        parse(text)
    assert "\n" not in str(refused.value)


def test_stale_results_fail_whatever_the_conditions_say() -> None:
    """Figures that do not belong to the params fail the gate with one line of its own."""
    stale = replace(head(test_accuracy="0.99"), stale=("lr", "stages/train.py"))
    conditions = [parse("test_accuracy < base"), parse("test_accuracy < 0.5")]
    (outcome,) = judge(conditions, BASE, stale)
    assert outcome.failed
    assert outcome.explanation.startswith("lr, stages/train.py changed since the results")


def test_without_conditions_there_is_no_gate() -> None:
    """Stale results fail nothing when nobody asked for a gate."""
    assert judge([], BASE, replace(BASE, stale=("lr",))) == []


def test_base_that_has_no_results_yet_fails_nothing() -> None:
    """The first results of a project pass a condition on the base, and that is said."""
    (outcome,) = judge([parse("test_accuracy < base")], EMPTY, head(test_accuracy="0.1"))
    assert (outcome.failed, outcome.explanation) == (False, "main has no results yet")


def test_limit_is_applied_without_results_of_the_base() -> None:
    """A condition that needs no base is applied to the first results."""
    (outcome,) = judge([parse("test_accuracy < 0.5")], EMPTY, head(test_accuracy="0.1"))
    assert outcome.failed


def test_metric_that_only_the_base_lacks_fails() -> None:
    """A condition that cannot be applied is no pass, when the base has other results."""
    (outcome,) = judge([parse("f1 < base")], BASE, head(f1="0.5"))
    assert (outcome.failed, outcome.explanation) == (True, "main has results, but no f1")


def test_metric_that_the_change_lost_fails() -> None:
    """A metric that the base has and the change does not have fails the condition on it."""
    (outcome,) = judge([parse("test_loss > 0.6")], BASE, head(test_accuracy="0.9"))
    assert (outcome.failed, outcome.explanation) == (True, "the change has no test_loss")


def test_metric_that_does_not_exist_is_an_error() -> None:
    """A name that neither side has is a mistake in the condition, with the nearest name."""
    with pytest.raises(GateError, match="no metric test_acuracy; did you mean test_accuracy"):
        judge([parse("test_acuracy < base")], BASE, BASE)
