"""What the project wants to reach, each figure a ratio of two that one run has measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Results = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A figure and the most that it may be."""

    figure: str
    section: str
    limit: float
    shown: str  # the limit in words
    measure: Callable[[Results], float]


def _find(results: Results, section: str, **wanted: object) -> dict[str, Any]:
    return next(
        row
        for row in results[section]
        if all(row.get(key) == value for key, value in wanted.items())
    )


def _epoch(results: Results, trainer: str) -> float:
    return float(_find(results, "epochs", trainer=trainer)["median"])


def _fastest_peer(results: Results) -> float:
    peers = [
        row
        for row in results["epochs"]
        if row["trainer"] != "ours" and row["checked"] and not row["void"]
    ]
    return min(float(row["median"]) for row in peers if "median" in row)


def _command(results: Results, command: str, key: str = "median") -> float:
    return float(_find(results, "commands", command=command)[key])


def _scoring(results: Results) -> float:
    return float(
        _find(results, "scoring", side="ours")["median"]
        / _find(results, "scoring", side="numpy")["median"]
    )


def _accuracy(results: Results) -> float:
    ours = _find(results, "accuracy", trainer="ours")
    theirs = _find(results, "accuracy", trainer="logistic_regression")
    if ours["accuracy"] < results["accuracy_wanted"]:
        raise ValueError(f"our accuracy is {ours['accuracy']:.4f}")
    return float(ours["median"] / theirs["median"])


def _growth(results: Results, key: str) -> float:
    first, last = (_find(results, "growth", times=times, batch_size=256) for times in (1, 16))
    return float(last[key] / first[key])


TARGETS = (
    Target(
        "our epoch / the fastest peer's",
        "epochs",
        1,
        "at most 1.0",
        lambda r: _epoch(r, "ours") / _fastest_peer(r),
    ),
    Target(
        "our epoch / the chapter's",
        "epochs",
        1 / 25,
        "at most 1/25",
        lambda r: _epoch(r, "ours") / _epoch(r, "chapter"),
    ),
    Target(
        "our epoch / the floor",
        "epochs",
        2,
        "at most 2",
        lambda r: _epoch(r, "ours") / _epoch(r, "floor"),
    ),
    Target(
        "scoring 10,000 images / NumPy's one product and argmax",
        "scoring",
        1.5,
        "at most 1.5",
        _scoring,
    ),
    Target(
        "`dvc repro` from nothing / the chapter's program",
        "commands",
        0.4,
        "at most 0.4",
        lambda r: _command(r, "repro") / _command(r, "chapter"),
    ),
    Target(
        "`dvc exp run -S lr=...` / the same on four empty stages",
        "commands",
        2.5,
        "at most 2.5",
        lambda r: _command(r, "exp_run") / _command(r, "empty_exp_run"),
    ),
    Target(
        "`dvc repro`, nothing to do / `dvc status` of an empty project",
        "commands",
        1.3,
        "at most 1.3",
        lambda r: _command(r, "no_op") / _command(r, "empty_status"),
    ),
    Target("time to accuracy 0.844 / scikit-learn's", "accuracy", 1 / 8, "at most 1/8", _accuracy),
    Target(
        "peak memory of train, MB",
        "commands",
        600,
        "under 600",
        lambda r: _command(r, "stage_train", "peak_mb"),
    ),
    Target(
        "peak memory at 16x the data / at 1x",
        "growth",
        1.2,
        "under 1.2",
        lambda r: _growth(r, "peak_mb"),
    ),
    Target(
        "images a second at 1x / at 16x",
        "growth",
        1.1,
        "within 10%, or faster",
        lambda r: 1 / _growth(r, "images_per_second"),
    ),
)


def judged(results: Results) -> list[tuple[Target, float | None, str]]:
    """Return each target with what was measured and the verdict: met, not met, or why it is neither."""
    verdicts: list[tuple[Target, float | None, str]] = []
    for target in TARGETS:
        if target.section not in results:
            continue
        try:
            value = target.measure(results)
        except (KeyError, StopIteration):
            verdicts.append((target, None, "not measured: a peer is not installed"))
        except ValueError as problem:
            verdicts.append((target, None, f"not met: {problem}"))
        else:
            verdicts.append((target, value, "met" if value <= target.limit else "**not met**"))
    return verdicts
