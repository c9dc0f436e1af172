"""Numbers as people read them, the same in the comment and on the page."""

from decimal import Decimal

from tools.runs.significance import PairedTest

NONE = "-"
_WIDE = 10**9  # from here on a number is shown with an exponent


def number(value: Decimal | float | None) -> str:
    """Return a count as it is, any other number with four decimals, and None as a dash."""
    if value is None:
        return NONE
    if abs(float(value)) >= _WIDE:
        return f"{value:.4e}"
    # A Decimal of JSON's 5 is a count; one of 5.0 is not.
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return f"{int(value):,}"
    return f"{value:.4f}"


def difference(value: Decimal | float | None) -> str:
    """Return a difference with its sign, with six decimals where four would show none."""
    if value is None:
        return NONE
    if not value:
        return "0"
    text = f"+{number(value)}" if value > 0 else number(value)
    return text if any(digit in text for digit in "123456789") else f"{value:+.6f}"


def p_value(p: float) -> str:
    """Return a p value with as many digits as matter."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def signal(test: PairedTest) -> str:
    """Return the outcome of a paired test in words."""
    return f"{'signal' if test.is_signal else 'may be chance'}, {p_value(test.p)}"


def span(interval: tuple[Decimal | float, Decimal | float]) -> str:
    """Return the ends of an interval."""
    return f"{number(interval[0])} to {number(interval[1])}"
