"""Learning curves, made without training."""

from stages.common.history import History


def mean_curve_to(end: float, epochs: int = 20, spread: float | None = 0.01) -> History:
    """Return a curve as tools.runs.ranking.mean_curve has it, whose loss falls to `end`."""
    losses: list[float | None] = [end + 1 / epoch for epoch in range(1, epochs + 1)]
    accuracies: list[float | None] = [1 - end - 1 / epoch for epoch in range(1, epochs + 1)]
    curve: History = {"epoch": [*range(1, epochs + 1)]}
    for split in ("train", "val"):
        for name, values in (("loss", losses), ("accuracy", accuracies)):
            curve |= {f"{split}_{name}": values, f"{split}_{name}_sd": [spread] * epochs}
    return curve
