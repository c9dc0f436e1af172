"""McNemar's test and Holm's adjustment."""

import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest, norm

from tools.runs.significance import FEW, LEAST, holm, mcnemar_p, paired_loss, paired_test


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (1, 0), (0, 6), (10, 3), (12, 12), (20, 4)])
def test_few_changes_are_tested_exactly(gained: int, lost: int) -> None:
    """Below 25 images that only one model gets right, p is that of the exact binomial test."""
    assert gained + lost < FEW
    exact = binomtest(gained, gained + lost, 0.5).pvalue if gained + lost else 1.0
    assert mcnemar_p(gained, lost) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize(
    ("gained", "lost"), [(25, 0), (13, 12), (47, 38), (300, 240), (4000, 3900), (0, 9000)]
)
def test_many_changes_are_tested_with_mid_p(gained: int, lost: int) -> None:
    """From 25 such images on, p is the exact one less the probability of the observed split."""
    total, smaller = gained + lost, min(gained, lost)
    expected = 2 * binom.cdf(smaller, total, 0.5) - binom.pmf(smaller, total, 0.5)
    assert mcnemar_p(gained, lost) == pytest.approx(expected, rel=1e-9, abs=1e-300)
    assert mcnemar_p(lost, gained) == mcnemar_p(gained, lost)


def test_error_rate_is_kept_when_models_are_equally_good() -> None:
    """Two equally good models are called different in at most about 5 of 100 test splits."""
    total = 120
    splits = np.arange(total + 1)
    called = np.array([mcnemar_p(int(gained), int(total - gained)) < 0.05 for gained in splits])
    assert 0.02 < binom.pmf(splits[called], total, 0.5).sum() < 0.055


def test_interval_holds_the_difference_and_agrees_with_the_test() -> None:
    """The interval of the difference holds it, and excludes 0 when the test sees a signal."""
    before, after = np.zeros(1000, dtype=bool), np.zeros(1000, dtype=bool)
    before[:30] = True
    after[20:100] = True
    test = paired_test(before, after)
    low, high = test.interval
    assert (test.gained, test.lost) == (70, 20)
    assert 0 < low < test.difference == 0.05 < high
    assert test.is_signal


def test_identical_models_show_no_signal() -> None:
    """A model compared with itself gives p = 1 and an interval around 0."""
    test = paired_test(np.ones(50, dtype=bool), np.ones(50, dtype=bool))
    assert test.p == 1
    assert test.interval[0] < 0 < test.interval[1]
    assert not test.is_signal


@pytest.mark.parametrize("shift", [0.0, 0.02, -0.05, 1.0])
def test_losses_are_compared_image_by_image(shift: float) -> None:
    """The mean difference is tested by its standard error; what an image costs both is no noise."""
    draw = np.random.default_rng(0)
    before = draw.exponential(1.0, 400)
    after = before + draw.normal(shift, 0.3, 400)
    test = paired_loss(before, after)
    assert test.difference == pytest.approx(after.mean() - before.mean())
    z = test.difference / ((after - before).std(ddof=1) / 20)
    assert test.p == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)
    low, high = test.interval
    assert test.is_signal == (not low < 0 < high)


def test_few_or_equal_losses_are_no_signal() -> None:
    """Below 30 images no mean is called different, and equal losses never are."""
    rising = np.arange(LEAST - 1.0)
    assert paired_loss(rising, rising + 1 + rising / 100).p == 1
    assert paired_loss(np.ones(100), np.ones(100)).p == 1
    assert paired_loss(np.ones(100), np.full(100, 2.0)).p == 0


def test_holm_orders_and_bounds() -> None:
    """The k-th smallest of m values is multiplied by m - k + 1, never falls, and is at most 1."""
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
    assert not any(map(math.isnan, holm([1.0, 1e-300])))
