"""A change in sentences, and numbers as people read them, for the comment and the page."""

from collections.abc import Sequence
from decimal import Decimal

from tools.report.change import Change, Effect
from tools.report.split import SPLITS, SplitChange

NONE = "-"
WHY_FOLDED = (
    "The test images decide nothing: what helps to select a change no longer measures how the "
    "model does on new images. They are an alarm, for a change that helps on the validation images "
    "alone."
)
_WIDE = 10**9  # from here on a number is shown with an exponent
_DATA = {"data/raw", "data/prepared", "data/model"}


def verdict(change: Change) -> str:
    """Return the one sentence that stands on top."""
    base, effect = change.base, change.effect
    if change.head_stale:
        return f"Out of date: {out_of_date(change.head_stale)} and report again."
    if change.base_is_bare:
        what = "results" if base.is_empty else "results image by image"
        return f"Nothing to compare with: {base.name} holds no {what}."
    if change.is_none:
        same = f"every metric and prediction is that of {base.name}"
        if change.params:
            return f"The model did not change: the params differ, and {same}."
        return f"Nothing changed: {same}."
    if effect is None:
        return "Not comparable: the two sides have no images in common."
    return _outcome(effect)


def _outcome(effect: Effect) -> str:
    name = effect.metric.replace("test_accuracy", "test accuracy")
    before, after = effect.values
    if before == after:
        return f"No difference in {name}: it is {number(after)} before and after."
    moved = f"{name} goes from {number(before)} to {number(after)}"
    moved += f" ({difference(after - before)}, {p_value(effect.p)})"
    if effect.better is None:
        return f"No clear difference: {moved}, which may be chance."
    return f"{'Better' if effect.better else 'Worse'}: {moved}, more than chance explains."


def out_of_date(changed: Sequence[str]) -> str:
    """Return what has changed since the results were made, and what to do."""
    more = len(changed) - 4
    names = ", ".join(changed[:4]) + (f" and {more} more" if more > 0 else "")
    command = "dvc checkout" if _DATA.issuperset(changed) else "make repro"
    return f"{names} changed since the results were made; run `{command}`"


def notes(change: Change) -> list[str]:
    """Return what a reader must know to trust the rest, a sentence each; mostly none."""
    base, effect, found = change.base, change.effect, []
    if change.base_stale:
        found.append(
            f"The results of {base.name} are stale: {out_of_date(change.base_stale)} there."
        )
    if change.base_is_bare:
        return found
    for split, images in SPLITS.items():
        both = change.splits.get(split)
        if both is None:
            found.append(f"The two sides have no {images} images in common.")
        elif not both.is_whole:
            found.append(
                f"The two sides are compared on the {both.accuracy.images:,} {images} images that "
                f"both hold ({both.images_before:,} before, {both.images_after:,} after)."
            )
    if effect and effect.metric == "test_accuracy":
        found.append("Too few validation images are in both sides, so the test accuracy decides.")
    test = change.splits.get("test")
    falls = test is not None and test.accuracy.is_signal and test.accuracy.difference < 0
    if test and falls and effect and effect.metric == "val_loss" and effect.better is not False:
        found.append(
            f"Alarm: the test accuracy falls by {number(-test.accuracy.difference)} "
            f"({p_value(test.accuracy.p)}), although val_loss is not worse."
        )
    return found


def paired(split: SplitChange | None) -> str:
    """Return what the paired tests found and what they cannot say, "" when nothing was tested."""
    if split is None or not split.accuracy.gained + split.accuracy.lost:
        return ""
    test, loss = split.accuracy, split.loss
    return (
        f"Of {test.images:,} {SPLITS[split.name]} images {test.gained:,} are newly right and "
        f"{test.lost:,} newly wrong: {difference(test.difference)} (95% interval "
        f"{_ends(test.interval)}, McNemar's test {p_value(test.p)}). Their mean loss changes by "
        f"{difference(loss.difference)} (95% interval {_ends(loss.interval)}, {p_value(loss.p)}). "
        "This compares two trained models; another seed trains another model."
    )


def _ends(interval: tuple[float, float]) -> str:
    return " to ".join(map(difference, interval))


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


def span(interval: tuple[Decimal | float, Decimal | float]) -> str:
    """Return the ends of an interval."""
    return f"{number(interval[0])} to {number(interval[1])}"
