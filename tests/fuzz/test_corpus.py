"""Replay of the inputs that fuzzing found worth keeping (tests/fuzz/fuzz_idx.py)."""

from pathlib import Path

import pytest

from stages.common.errors import DataError
from stages.common.sources.idx import read_idx
from tests.fuzz.idx_contract import parse_or_refuse

CORPUS = sorted(Path(__file__).with_name("corpus").iterdir())


@pytest.mark.parametrize("ndim", [1, 3])
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name[:8])
def test_every_input_is_read_or_refused(path: Path, ndim: int) -> None:
    """An input of the corpus is an array or a DataError, from memory and from the file alike."""
    values = parse_or_refuse(path.read_bytes(), ndim)
    if values is None:
        with pytest.raises(DataError):
            read_idx(path, ndim=ndim)
    else:
        assert (read_idx(path, ndim=ndim) == values).all()


def test_the_corpus_has_both_sound_and_broken_files() -> None:
    """The corpus holds images, labels, and neither."""
    kinds = {
        (
            parse_or_refuse(path.read_bytes(), 3) is None,
            parse_or_refuse(path.read_bytes(), 1) is None,
        )
        for path in CORPUS
    }
    assert kinds == {(False, True), (True, False), (True, True)}
