"""The gate's grammar, its arithmetic, and what it makes of results that it cannot judge."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tools.report.change import Change, MetricChange
from tools.report.gate import GateError, judge, parse
from tools.report.split import Split
from tools.runs.record import Run
from tools.runs.revision import Commit, WorkingTree

BASE = {"test_accuracy": "0.8218", "test_loss": "0.517304"}


def metric(
    name: str, before: str | None, after: str | None, split: Split | None = None
) -> MetricChange:
    """Return a metric before and after."""
    old, new = (None if each is None else Decimal(each) for each in (before, after))
    return MetricChange(name, split, old, new, None, None)


def change(
    before: dict[str, str],
    after: dict[str, str],
    *,
    bare: bool = False,
    stale: tuple[str, ...] = (),
) -> Change:
    """Return a change of metrics that need no images to be compared."""
    names = {**before, **after}
    return Change(
        base=Run(Commit("main", "0" * 40)),
        head=Run(WorkingTree("head")),
        base_is_bare=bare,
        base_stale=(),
        head_stale=stale,
        params=[],
        metrics=[metric(name, before.get(name), after.get(name)) for name in names],
        splits={},
    )


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
    (check,) = judge([parse(text)], change(BASE, {"test_accuracy": after}))
    assert check.failed is failed


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


def test_a_rule_reads_as_true_where_it_passes() -> None:
    """What stands beside a tick is what holds: the opposite of the condition."""
    texts = ["test_accuracy < base - 0.005", "test_loss>0.6", "test_loss >= 1", "test_loss <= 0.1"]
    checks = judge([parse(text) for text in texts], change(BASE, BASE))
    assert [check.rule for check in checks] == [
        "test_accuracy >= base - 0.005",
        "test_loss<=0.6",
        "test_loss < 1",
        "test_loss > 0.1",
    ]
    assert not any(check.failed for check in checks)


def test_stale_results_fail_whatever_the_conditions_say() -> None:
    """Metrics that do not belong to the params fail the gate with one line of its own."""
    stale = change(BASE, BASE, stale=("lr", "stages/train.py"))
    conditions = [parse("test_accuracy < base"), parse("test_accuracy < 0.5")]
    for gate in (conditions, None):
        (check,) = judge(gate, stale)
        assert check.failed
        assert check.reason.startswith("lr, stages/train.py changed since the results")
    assert judge([], stale) == []  # nobody asked for a gate


def test_base_that_has_no_results_yet_fails_nothing() -> None:
    """The first results of a project pass what needs a base, and that is said."""
    first = change({}, {"test_accuracy": "0.1"}, bare=True)
    for gate in ([parse("test_accuracy < base")], None):
        (check,) = judge(gate, first)
        assert (check.failed, check.reason) == (False, "main has no results to compare with yet")
    (check,) = judge([parse("test_accuracy < 0.5")], first)
    assert check.failed


def test_what_was_measured_on_other_images_fails() -> None:
    """A condition on a base of other images does not tick, nor does the default."""
    other = replace(change({}, {}), metrics=[metric("m", "1", "2", "test")])
    for gate in ([parse("m < base")], None):
        (check,) = judge(gate, other)
        assert (check.failed, check.reason) == (True, "main was measured on other images")


def test_metric_that_a_side_lacks_fails() -> None:
    """A condition that cannot be applied is no pass, when the base has other results."""
    (check,) = judge([parse("f1 < base")], change(BASE, BASE | {"f1": "0.5"}))
    assert (check.failed, check.reason) == (True, "main has results, but no f1")
    (check,) = judge([parse("test_loss > 0.6")], change(BASE, {"test_accuracy": "0.9"}))
    assert (check.failed, check.reason) == (True, "the change has no test_loss")


def test_metric_that_does_not_exist_is_an_error() -> None:
    """A name that neither side has is a mistake in the condition, with the nearest name."""
    with pytest.raises(GateError, match="no metric test_acuracy; did you mean test_accuracy"):
        judge([parse("test_acuracy < base")], change(BASE, BASE))
