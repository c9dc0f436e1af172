"""The gate: conditions on the metrics under which a change must not pass, such as `test_accuracy < base - 0.005`.

METRIC (< | > | <= | >=) (base [(+ | -) NUMBER] | NUMBER)
"""

import difflib
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from stages.common.errors import PipelineError

_NUMBER = r"\d+(?:\.\d+)?(?:[eE][-+]?\d{1,2})?"
_GRAMMAR = re.compile(
    rf"\s*(?P<metric>[A-Za-z_]\w*)\s*(?P<sign><=|>=|<|>)\s*"
    rf"(?:(?P<base>base)\s*(?:(?P<side>[-+])\s*(?P<offset>{_NUMBER}))?|(?P<limit>[-+]?{_NUMBER}))\s*",
    re.ASCII,
)
_SIGNS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}


class GateError(PipelineError):
    """A condition cannot be read or cannot be applied."""


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
    """A condition applied: whether it fails the change, and the figures."""

    condition: Condition
    failed: bool
    explanation: str


def parse(text: str) -> Condition:
    """Return the condition that `text` states; raise GateError when it is none."""
    found = _GRAMMAR.fullmatch(text)
    if not found:
        raise GateError(
            f"--fail-if: {text!r} is no condition; write for example 'test_accuracy < base - 0.005' or 'test_loss > 0.6'"
        )
    relative = found["base"] is not None
    number = f"{found['side'] or ''}{found['offset'] or '0'}" if relative else found["limit"]
    return Condition(
        " ".join(text.split()), found["metric"], found["sign"], relative, Decimal(number)
    )


def apply(
    condition: Condition, base: Mapping[str, Decimal], head: Mapping[str, Decimal], base_label: str
) -> Outcome:
    """Return whether `condition` fails the change from the metrics `base` to `head`.

    A condition on a metric that the base does not have yet fails nothing, and says so.

    Raises:
        GateError: the metric does not exist after the change.
    """
    name = condition.metric
    if name not in head:
        near = difflib.get_close_matches(name, head, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the metrics are {', '.join(head)}"
        raise GateError(f"--fail-if: {condition.text!r}: there is no metric {name}; {hint}")
    if condition.relative and name not in base:
        return Outcome(
            condition, failed=False, explanation=f"not applied: {base_label} has no {name}"
        )
    limit = condition.number + (base[name] if condition.relative else 0)
    failed = _SIGNS[condition.sign](head[name], limit)
    return Outcome(condition, failed, f"{name} is {head[name]}, the limit is {limit}")
