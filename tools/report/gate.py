"""The gate: what fails a change.

By default a change fails where its validation loss is worse by more than chance explains. The test
split is for measuring, so it decides only where the two sides were validated on different images.

Conditions may take the place of that: `METRIC < LIMIT` fails the change when it holds, with <, <=,
> or >=. The limit is a number, `base`, or `base` plus or minus a number.
"""

import difflib
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stages.common.errors import PipelineError
from tools.report.change import Change
from tools.report.text import number, out_of_date, p_value

NEVER = "never"  # instead of conditions: nothing fails the change
_NUMBER = r"\d+(?:\.\d+)?(?:[eE][-+]?\d{1,2})?"
_BASE = rf"(?P<base>base)\s*(?:(?P<side>[-+])\s*(?P<offset>{_NUMBER}))?"
_LEFT = r"(?P<metric>[A-Za-z_]\w*)\s*(?P<sign><=|>=|<|>)"
_RIGHT = rf"(?:{_BASE}|(?P<limit>[-+]?{_NUMBER}))"
_GRAMMAR = re.compile(rf"\s*{_LEFT}\s*{_RIGHT}\s*", re.ASCII)
_SIGNS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}


class GateError(PipelineError):
    """A condition cannot be read, or names a metric that does not exist."""


@dataclass(frozen=True)
class Condition:
    """A condition that fails the change when it holds."""

    text: str
    metric: str
    sign: str
    relative: bool  # to the base
    number: Decimal  # added to the base, or the limit itself

    @property
    def rule(self) -> str:
        """What must hold for the change to pass."""
        return self.text.replace(self.sign, _OPPOSITE[self.sign], 1)


@dataclass(frozen=True)
class Check:
    """One thing that must hold, whether it does, and why."""

    rule: str
    failed: bool
    reason: str


def parse(text: str) -> Condition:
    """Return the condition that `text` states; raise GateError when it states none."""
    found = _GRAMMAR.fullmatch(text)
    if not found:
        raise GateError(
            f"--fail-if: {text!r} is no condition; "
            "write for example 'val_loss > base + 0.01' or 'test_accuracy < 0.8'"
        )
    relative = found["base"] is not None
    limit = f"{found['side'] or ''}{found['offset'] or '0'}" if relative else found["limit"]
    stated = " ".join(text.split())
    return Condition(stated, found["metric"], found["sign"], relative, Decimal(limit))


def judge(conditions: Sequence[Condition] | None, change: Change) -> list[Check]:
    """Return what must hold, and whether it does.

    Stale results fail the change whatever the rule. A rule that cannot be applied fails it too,
    unless the base has no results yet.

    Args:
        conditions: that fail the change; None for the default, none at all for no gate.
        change: what is judged.

    Raises:
        GateError: neither side has the metric of a condition.
    """
    if conditions is not None and not conditions:
        return []
    if change.head_stale:
        return [Check("the results are up to date", True, out_of_date(change.head_stale))]
    if conditions is None:
        return [_not_worse(change)]
    return [_apply(condition, change) for condition in conditions]


def _not_worse(change: Change) -> Check:
    """Return the default: what is comparable is not worse by more than chance explains."""
    effect = change.effect
    if effect is None:
        return _not_comparable("val_loss is not worse", change)
    before, after = map(number, effect.values)
    reason = f"{before} before, {after} after, {p_value(effect.p)}"
    return Check(f"{effect.metric} is not worse", effect.better is False, reason)


def _apply(condition: Condition, change: Change) -> Check:
    name, rule = condition.metric, condition.rule
    known = {each.name: each for each in change.metrics}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the metrics are {', '.join(known)}"
        raise GateError(f"--fail-if: {condition.text!r}: there is no metric {name}; {hint}")
    metric, limit = known[name], condition.number
    if metric.after is None:
        return Check(rule, True, f"the change has no {name}")
    after = metric.after
    if condition.relative:
        if metric.before is None and not change.base_is_bare:
            return Check(rule, True, f"{change.base.name} has results, but no {name}")
        same = change.on_same_images(metric)
        if same is None:
            return _not_comparable(rule, change)
        before, after = same
        limit += before
    failed = _SIGNS[condition.sign](after, limit)
    return Check(rule, failed, f"{name} is {after}, the limit is {limit}")


def _not_comparable(rule: str, change: Change) -> Check:
    """Return a check that cannot be made: it fails, unless there is nothing yet to compare with."""
    if change.base_is_bare:
        return Check(rule, False, f"{change.base.name} has no results to compare with yet")
    return Check(rule, True, f"{change.base.name} was measured on other images")
