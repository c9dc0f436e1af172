"""The verdict on a comparison in one sentence, and what a reader must know besides."""

from tools.report.comparison import Comparison
from tools.report.figures import difference, number, p_value
from tools.report.results import Results
from tools.report.significance import PairedTest


def verdict(comparison: Comparison) -> str:
    """Return the one sentence that stands on top."""
    base, head, test = comparison.base, comparison.head, comparison.test
    before, after = _accuracy(base), _accuracy(head)
    if head.stale:
        return f"Out of date: {_some(head.stale)} changed since the results were made; run `make repro` and report again."
    if base.predictions is None:
        return f"Nothing to compare with: {base.label} holds no results. Test accuracy is {after}."
    if test is None:
        return f"Not comparable: the test images changed. Test accuracy was {before} on the old ones and is {after} on the new."
    if not comparison.changed_metrics and not _changed_predictions(comparison):
        same = f"every metric and prediction is that of {base.label}"
        return (
            f"The model did not change: the params differ, and {same}."
            if comparison.params
            else f"Nothing changed: {same}."
        )
    return _outcome(test, before, after)


def _outcome(test: PairedTest, before: str, after: str) -> str:
    if not test.difference:
        return f"No difference in test accuracy: it is {after} before and after."
    figures = f"test accuracy goes from {before} to {after} ({difference(test.difference)}, {p_value(test.p)})"
    if not test.is_signal:
        return f"No clear difference: {figures}, which may be chance."
    return f"{'Better' if test.difference > 0 else 'Worse'}: {figures}, more than chance explains."


def notes(comparison: Comparison) -> list[str]:
    """Return what a reader must know to trust the figures, a sentence each; mostly there is none."""
    found = []
    base = comparison.base
    if base.stale and base.predictions is not None:
        found.append(
            f"The results of {base.label} are not those of its params and code: {_some(base.stale)} changed after them."
        )
    if comparison.test is None and base.predictions is not None:
        found.append(
            "The metrics of the two sides were measured on different test images: their differences mean little."
        )
    return found


def _some(names: tuple[str, ...], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _accuracy(results: Results) -> str:
    return (
        "not measured"
        if results.predictions is None
        else number(float(results.predictions.right.mean()))
    )


def _changed_predictions(comparison: Comparison) -> bool:
    before, after = comparison.base.predictions, comparison.head.predictions
    return before is None or after is None or bool((before.predicted != after.predicted).any())
