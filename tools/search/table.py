"""The trials as a table: trials.csv, and text for the terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stages.common.files import write_csv
from tools.search.study import Proposal
from tools.search.trial import Outcome

Outcomes = Mapping[int, Outcome]


def write_trials(path: Path, proposals: Sequence[Proposal], outcomes: Outcomes) -> None:
    """Write all trials in their order: number, state, each varied param, figures, epochs run."""
    varied = list(proposals[0].values)
    rows = []
    for proposal in proposals:
        outcome = outcomes[proposal.number]
        params = [str(proposal.values[name]) for name in varied]
        figures = [outcome.val_loss, outcome.val_accuracy, outcome.epochs_run]
        rows.append([proposal.number, outcome.state, *params, *figures])
    header = ["number", "state", *varied, "val_loss", "val_accuracy", "epochs_run"]
    write_csv(path, header, rows)


def ranked(proposals: Sequence[Proposal], outcomes: Outcomes) -> list[Proposal]:
    """Return the complete trials, the lowest validation loss first; of equal params only one."""
    complete = [each for each in proposals if outcomes[each.number].is_complete]
    complete.sort(key=lambda each: (outcomes[each.number].val_loss, each.number))
    seen: list[dict[str, Any]] = []
    kept = []
    for proposal in complete:
        if proposal.values not in seen:
            seen.append(proposal.values)
            kept.append(proposal)
    return kept


def best_table(best: Sequence[Proposal], outcomes: Outcomes) -> str:
    """Return the best trials as text, a line each."""
    rows = [["rank", "trial", *best[0].values, "val_loss", "val_accuracy", "epochs"]]
    for rank, proposal in enumerate(best, 1):
        outcome = outcomes[proposal.number]
        figures = [f"{outcome.val_loss:.4f}", f"{outcome.val_accuracy:.4f}"]
        params = map(str, proposal.values.values())
        rows.append([str(rank), str(proposal.number), *params, *figures, str(outcome.epochs_run)])
    return columns(rows)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as text, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
