"""The gate's grammar and arithmetic."""

from decimal import Decimal

import pytest

from tools.report.gate import GateError, apply, parse

METRICS = {"test_accuracy": Decimal("0.8218"), "test_loss": Decimal("0.517304")}


@pytest.mark.parametrize(
    ("text", "after", "failed"),
    [
        (
            "test_accuracy < base - 0.005",
            "0.8168",
            False,
        ),  # in binary fractions 0.8218 - 0.005 is above 0.8168
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
    assert apply(parse(text), METRICS, {"test_accuracy": Decimal(after)}, "main").failed is failed


@pytest.mark.parametrize(
    "text",
    [
        "", "test_accuracy", "test_accuracy < ", "test_accuracy < base -", "test_accuracy = base", "test_accuracy < base * 0.9",
        "test_accuracy < base - -1", "test_accuracy < base 0.1", "0.5 < test_accuracy", "test_accuracy < nan",
        "test_accuracy < 1e999",
        "test_accuracy < __import__('os')", "test_accuracy < base - 0.005; test_loss > 1", "test_accuracy < base - ٣",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    """What the grammar does not know is refused in one line that shows how to write it."""
    with pytest.raises(GateError, match="is no condition; write for example") as refused:
        parse(text)
    assert "\n" not in str(refused.value)


def test_metric_that_the_base_lacks_fails_nothing() -> None:
    """A condition on a metric that is new passes, and says that it was not applied."""
    outcome = apply(parse("f1 < base"), METRICS, {"f1": Decimal(0)}, "main")
    assert (outcome.failed, outcome.explanation) == (False, "not applied: main has no f1")


def test_metric_that_does_not_exist_is_an_error() -> None:
    """A metric that the change does not have cannot pass the gate unseen."""
    with pytest.raises(
        GateError, match="there is no metric test_acuracy; did you mean test_accuracy"
    ):
        apply(parse("test_acuracy < base"), METRICS, METRICS, "main")
