"""`python -m dev.ceiling` on a small dataset."""

import csv
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from dev.ceiling import COLUMNS, main
from stages.download import RAW, RAW_NAMES
from stages.preprocess import read_raw
from tests.support.synthetic import CLASSES, idx_files, write_catalogue


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_fits_are_written_and_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each penalty and seed is a row, sorted; what the CSV holds is not fitted again."""
    files = idx_files()
    write_catalogue(here / "data/datasets/fashion-mnist.yaml", files)
    (here / RAW).mkdir(parents=True)
    for key, content in files.items():
        (here / RAW / RAW_NAMES[key]).write_bytes(content)
    main(["--penalty", "0.1", "--seed", "1", "--out", "out"])
    capsys.readouterr()
    main(["--penalty", "0.01", "0.1", "--seed", "1", "--out", "out"])
    assert capsys.readouterr().out.startswith("0.01 1 ")
    found = rows(here / "out/fits.csv")
    assert tuple(found[0]) == COLUMNS
    assert [float(row["C"]) for row in found] == [0.01, 0.1]
    # The easier the penalty, the nearer the fit; and the test split is that of data/raw.
    assert float(found[1]["train_loss"]) < float(found[0]["train_loss"])
    train, test = read_raw("train", len(CLASSES)), read_raw("t10k", len(CLASSES))
    model = LogisticRegression(C=0.1).fit(train.images.reshape(300, -1) / 255, train.labels)
    whole = model.score(test.images.reshape(60, -1) / 255, test.labels)
    assert float(found[1]["test_accuracy"]) == pytest.approx(whole, abs=0.1)
    assert float(found[1]["test_low"]) <= float(found[1]["test_accuracy"])
