"""The gate: conditions on the metrics under which a change must not pass.

A condition is `METRIC < LIMIT`, with <, <=, > or >=. The limit is a number, `base`, or `base` plus
or minus a number, as in `test_accuracy < base - 0.005`.
"""

import difflib
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from stages.common.errors import PipelineError
from tools.report.results import Results

_NUMBER = r"\d+(?:\.\d+)?(?:[eE][-+]?\d{1,2})?"
_BASE = rf"(?P<base>base)\s*(?:(?P<side>[-+])\s*(?P<offset>{_NUMBER}))?"
_GRAMMAR = re.compile(
    rf"\s*(?P<metric>[A-Za-z_]\w*)\s*(?P<sign><=|>=|<|>)\s*(?:{_BASE}|(?P<limit>[-+]?{_NUMBER}))\s*",
    re.ASCII,
)
_SIGNS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


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


@dataclass(frozen=True)
class Outcome:
    """What the gate found: whether that fails the change, and why."""

    text: str
    failed: bool
    explanation: str


def parse(text: str) -> Condition:
    """Return the condition that `text` states; raise GateError when it states none."""
    found = _GRAMMAR.fullmatch(text)
    if not found:
        raise GateError(
            f"--fail-if: {text!r} is no condition; "
            "write for example 'test_accuracy < base - 0.005' or 'test_loss > 0.6'"
        )
    relative = found["base"] is not None
    number = f"{found['side'] or ''}{found['offset'] or '0'}" if relative else found["limit"]
    shown = " ".join(text.split())
    return Condition(shown, found["metric"], found["sign"], relative, Decimal(number))


def judge(conditions: Sequence[Condition], base: Results, head: Results) -> list[Outcome]:
    """Return what the conditions say about the change from `base` to `head`.

    Stale results fail the change whatever the conditions say of them. A condition that cannot be
    applied fails it too, unless `base` has no results yet.

    Raises:
        GateError: neither side has the metric of a condition.
    """
    if conditions and head.stale:
        return [Outcome("up to date", failed=True, explanation=out_of_date(head))]
    return [_apply(condition, base, head) for condition in conditions]


def out_of_date(results: Results) -> str:
    """Return what has changed since the results were made, and what to do."""
    shown, more = results.stale[:4], len(results.stale) - 4
    names = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    return f"{names} changed since the results were made; run `make repro`"


def _apply(condition: Condition, base: Results, head: Results) -> Outcome:
    name, text = condition.metric, condition.text
    known = {**head.metrics, **base.metrics}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the metrics are {', '.join(known)}"
        raise GateError(f"--fail-if: {text!r}: there is no metric {name}; {hint}")
    if name not in head.metrics:
        return Outcome(text, failed=True, explanation=f"the change has no {name}")
    if condition.relative and base.empty:
        return Outcome(text, failed=False, explanation=f"{base.label} has no results yet")
    if condition.relative and name not in base.metrics:
        return Outcome(text, failed=True, explanation=f"{base.label} has results, but no {name}")
    limit = condition.number + (base.metrics[name] if condition.relative else 0)
    failed = _SIGNS[condition.sign](head.metrics[name], limit)
    return Outcome(text, failed, f"{name} is {head.metrics[name]}, the limit is {limit}")
