"""Which test images the playground shows."""

import numpy as np

from tools.export.examples import choose

# Six images of classes 0, 0, 0, 1, 1, 1.
LABELS = np.array([0, 0, 0, 1, 1, 1], np.uint8)
PROBABILITIES = np.array(
    [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7], [0.45, 0.55], [0.95, 0.05]]
)


def rows(kind: str, count: int) -> list[int]:
    """Return the chosen images of a kind."""
    chosen = choose(PROBABILITIES, LABELS, count)
    return [example.row for example in chosen if example.kind == kind]


def test_the_surest_right_and_wrong_answers_and_the_closest_calls_are_chosen() -> None:
    """Each class gives its first before any gives its second; they are shown by class."""
    assert rows("right", 2) == [0, 3]
    assert rows("wrong", 2) == [2, 5]
    assert rows("unsure", 2) == [1, 4]
    assert rows("right", 3) == [0, 1, 3]
    assert rows("unsure", 3) == [1, 4, 3]


def test_there_may_be_fewer_than_asked_for() -> None:
    """With more asked for than there are, all of a kind are chosen once."""
    assert sorted(rows("right", 99)) == [0, 1, 3, 4]
    assert sorted(rows("unsure", 99)) == list(range(6))
    assert choose(PROBABILITIES[:0], LABELS[:0], 3) == []


def test_no_class_has_two_more_than_another() -> None:
    """Of many images and classes, the classes take turns whatever the probabilities are."""
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(7), 2000)
    labels = random.integers(0, 7, 2000)
    chosen = choose(probabilities, labels, 20)
    for kind in ("right", "wrong", "unsure"):
        counts = np.bincount([each.label for each in chosen if each.kind == kind], minlength=7)
        assert counts.sum() == 20
        assert counts.max() - counts.min() == 1
    assert all(each.label == labels[each.row] for each in chosen)
