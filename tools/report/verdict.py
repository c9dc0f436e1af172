"""The verdict on a comparison in one sentence, and what a reader must know besides."""

from tools.report.comparison import Comparison
from tools.report.formatting import difference, number, p_value
from tools.report.gate import out_of_date
from tools.report.results import Results
from tools.runs.significance import PairedTest


def verdict(comparison: Comparison) -> str:
    """Return the one sentence that stands on top."""
    base, head, test = comparison.base, comparison.head, comparison.test
    before, after = _accuracy(base), _accuracy(head)
    if head.stale:
        return f"Out of date: {out_of_date(head)} and report again."
    if base.predictions is None:
        what = "results" if base.empty else "predictions"
        return f"Nothing to compare with: {base.label} holds no {what}. Test accuracy is {after}."
    if test is None:
        return (
            "Not comparable: the test images changed. "
            f"Test accuracy was {before} on the old ones and is {after} on the new."
        )
    if not comparison.changed_metrics and not _predictions_changed(comparison):
        same = f"every metric and prediction is that of {base.label}"
        if comparison.params:
            return f"The model did not change: the params differ, and {same}."
        return f"Nothing changed: {same}."
    return _outcome(test, before, after)


def notes(comparison: Comparison) -> list[str]:
    """Return what a reader must know to trust the figures, a sentence each; mostly none."""
    base, found = comparison.base, []
    if base.stale:
        found.append(
            f"The results of {base.label} are not those of its params, code and data: "
            f"{out_of_date(base)} there."
        )
    if comparison.test is None and base.predictions is not None:
        found.append(
            "The metrics of the two sides were measured on different test images: "
            "their differences mean little."
        )
    return found


def evidence(test: PairedTest | None) -> str:
    """Return what the paired test found and what it cannot say, "" when nothing was tested."""
    if test is None or not test.gained + test.lost:
        return ""
    low, high = map(difference, test.interval)
    return (
        f"Of {test.images:,} test images {test.gained:,} are newly right and {test.lost:,} newly "
        f"wrong: {difference(test.difference)} (95% interval {low} to {high}, McNemar's test "
        f"{p_value(test.p)}). This compares two trained models; another seed trains another model."
    )


def _outcome(test: PairedTest, before: str, after: str) -> str:
    if not test.difference:
        return f"No difference in test accuracy: it is {after} before and after."
    change = f"{difference(test.difference)}, {p_value(test.p)}"
    figures = f"test accuracy goes from {before} to {after} ({change})"
    if not test.is_signal:
        return f"No clear difference: {figures}, which may be chance."
    return f"{'Better' if test.difference > 0 else 'Worse'}: {figures}, more than chance explains."


def _accuracy(results: Results) -> str:
    predictions = results.predictions
    return "not measured" if predictions is None else number(float(predictions.right.mean()))


def _predictions_changed(comparison: Comparison) -> bool:
    before, after = comparison.base.predictions, comparison.head.predictions
    return before is None or after is None or bool((before.predicted != after.predicted).any())
