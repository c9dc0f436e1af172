"""The learning curve: read back as it was written, and refused when it is damaged."""

from pathlib import Path

import pytest

from stages.common.errors import DataError
from stages.common.history import COLUMNS, Epoch, parse_history, read_history, write_history


@pytest.mark.parametrize("val", [(0.75, 0.5), (None, None)])
def test_a_history_comes_back_as_written(
    tmp_path: Path, val: tuple[float | None, float | None]
) -> None:
    """Every column is read back, to six decimals, and empty validation cells as None."""
    epochs = [Epoch(number, 1 / number, 0.5, *val, 1000.0) for number in (1, 2, 3)]
    write_history(tmp_path / "history.csv", epochs)
    assert read_history(tmp_path / "history.csv") == {
        "epoch": [1, 2, 3],
        "train_loss": [1, 0.5, 0.333333],
        "train_accuracy": [0.5] * 3,
        "val_loss": [val[0]] * 3,
        "val_accuracy": [val[1]] * 3,
    }


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize("content", ["", HEADER, f"{HEADER}\n1,x,2,3,4\n", f"{HEADER}\n1,2\n"])
def test_a_damaged_history_is_refused_by_name(content: str) -> None:
    """A history without epochs, with ragged rows or words for numbers is an error of a line."""
    with pytest.raises(DataError, match=r"^history\.csv: [^\n]+$"):
        parse_history(content.encode(), "history.csv")
