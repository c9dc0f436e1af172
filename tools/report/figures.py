"""Numbers and words as people read them, the same in the comment and on the page."""

from decimal import Decimal

from tools.report.comparison import MetricChange
from tools.report.significance import PairedTest

NONE = "-"


def number(value: Decimal | float | None) -> str:
    """Return a count as it is, any other number with four decimals, and None as a dash."""
    if value is None:
        return NONE
    whole = (
        isinstance(value, Decimal)
        and value == value.to_integral_value()
        and value.as_tuple().exponent == 0
    )
    return f"{int(value):,}" if whole else f"{value:.4f}"


def difference(value: Decimal | float | None) -> str:
    """Return a difference with its sign, with six decimals where four would show none."""
    if value is None:
        return NONE
    if not value:
        return "0"
    text = f"+{number(value)}" if value > 0 else number(value)
    return text if any(digit in text for digit in "123456789") else f"{value:+.6f}"


def trend(change: MetricChange) -> str:
    """Return an arrow for the direction of a change, and whether that is better or worse."""
    if not change.difference:
        return ""
    arrow = "↑" if change.difference > 0 else "↓"
    return arrow if change.better is None else f"{arrow} {'better' if change.better else 'worse'}"


def p_value(p: float) -> str:
    """Return a p value with as many digits as matter."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def signal(test: PairedTest) -> str:
    """Return the outcome of a paired test in words."""
    return f"{'signal' if test.is_signal else 'may be chance'}, {p_value(test.p)}"


def span(interval: tuple[Decimal | float, Decimal | float]) -> str:
    """Return an interval of a metric."""
    return f"{interval[0]:.4f} to {interval[1]:.4f}"
