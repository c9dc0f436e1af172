"""What the differences between committed results and those of a rerun mean, in sentences."""

from collections.abc import Sequence
from pathlib import Path

from tools.runs.lock import LOCK
from tools.verify.compare import FOLDERS, LEFT_OVER, MISSING, TOLERANCE, Outcome

_SHOWN = 4  # names in a sentence
_COMMIT = "commit dvc.lock, metrics/ and plots/"
_AGAIN = f"run `make repro` and {_COMMIT}"


def verdict(outcomes: Sequence[Outcome], changed: Sequence[str], unnamed: Sequence[str]) -> str:
    """Return why the committed results are not those of a rerun, on one line; "" when they are.

    Args:
        outcomes: the files, committed and of the rerun.
        changed: what is not as dvc.lock records it, by `stale_in`, before the rerun.
        unnamed: what stages use and dvc.yaml does not name.
    """
    missing, left_over = (
        [outcome.path for outcome in outcomes if outcome.text == text]
        for text in (MISSING, LEFT_OVER)
    )
    if LOCK in missing:
        return f"No results: dvc.lock is not committed; {_AGAIN}."
    different = [o for o in outcomes if not o.is_equal and o.path not in (*missing, *left_over)]
    results = [name for name in changed if name.startswith(FOLDERS)]
    stale = [name for name in changed if name not in results]
    edited = [name for name in results if name not in missing]
    reasons = [
        sentence.format(_listed(names))
        for names, sentence in (
            (unnamed, "Not tracked: {}, and dvc.yaml does not name it; add it."),
            (stale, f"Stale: {{}} changed since the results were made; {_AGAIN}."),
            (edited, f"Edited: {{}} is not the file that dvc.lock records; {_AGAIN}."),
            (missing, f"Missing: {{}} is not committed; {_AGAIN}."),
            (left_over, "Left over: no stage writes {}; remove it."),
        )
        if names
    ]
    if different and not (stale or edited or missing):
        reasons.append(_others(different))
    return " ".join(reasons)


def _others(different: Sequence[Outcome]) -> str:
    """Return what may have made results that fit dvc.lock and are not those of the rerun."""
    again = f"run `dvc repro --force` here and {_COMMIT}"
    far = [outcome.path for outcome in different if not outcome.is_near]
    if far:
        what = f"Edited: {_listed(far)} fits dvc.lock, but a rerun gives something else"
        return f"{what}, by more than another kind of CPU would; {again}."
    what = f"Other bits: every figure is within {TOLERANCE} of the rerun's"
    return f"{what}, as from a GPU or another kind of CPU{_without_avx2()}; {again}."


def _without_avx2() -> str:
    """Return a remark where this CPU is the one that gives other bits than most."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # not Linux
        return ""
    return "" if " avx2 " in flags else ", and this one has no AVX2: verify on one that has"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
