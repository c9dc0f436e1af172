"""The scores, held against scikit-learn, SciPy and plain loops.

N images, K classes.
"""

import math

import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn import metrics

from stages.common.scoring import (
    Z_95,
    calibration,
    class_scores,
    confusion_matrix,
    cross_entropy,
    log_softmax,
    wilson_interval,
)

SCALES = (1e-3, 1.0, 30.0, 1e3, 1e4, 1e30)  # of logits; exp overflows float64 from 710 on


def random_logits(
    scale: float, *, images: int = 400, classes: int = 7, seed: int = 0
) -> np.ndarray:
    """Return logits [images, classes] float32 spread evenly over -scale to scale."""
    return np.random.default_rng(seed).uniform(-scale, scale, (images, classes)).astype(np.float32)


def random_labels(images: int = 400, classes: int = 7) -> np.ndarray:
    """Return labels [images] uint8, as the datasets have them."""
    return np.random.default_rng(9).integers(0, classes, images).astype(np.uint8)


@pytest.mark.parametrize("scale", SCALES)
def test_log_softmax_is_scipys(scale: float) -> None:
    """log_softmax agrees with a float64 log-sum-exp however large the logits are."""
    logits = random_logits(scale)
    exact = logits.astype(np.float64)
    expected = exact - special.logsumexp(exact, axis=1, keepdims=True)
    np.testing.assert_allclose(log_softmax(logits), expected, rtol=1e-13, atol=1e-15 * scale)


@pytest.mark.parametrize("scale", SCALES)
def test_probabilities_sum_to_one(scale: float) -> None:
    """The probabilities of each image are finite, in [0, 1], and sum to 1."""
    probabilities = np.exp(log_softmax(random_logits(scale)))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


def test_log_softmax_is_shift_invariant() -> None:
    """Adding one number to all logits of an image changes nothing."""
    logits = random_logits(30.0).astype(np.float64)
    shifts = np.linspace(-1e4, 1e4, len(logits))[:, np.newaxis]
    np.testing.assert_allclose(log_softmax(logits + shifts), log_softmax(logits), atol=1e-10)


@pytest.mark.parametrize("scale", [0.1, 3.0, 10.0])
def test_cross_entropy_is_scikit_learns(scale: float) -> None:
    """cross_entropy is scikit-learn's log loss, which clips: hence no larger logits."""
    logits, labels = random_logits(scale).astype(np.float64), random_labels()
    expected = metrics.log_loss(labels, special.softmax(logits, axis=1), labels=range(7))
    losses = cross_entropy(log_softmax(logits), labels)
    assert losses.mean() == pytest.approx(expected, rel=1e-6)


def test_cross_entropy_of_a_hopeless_answer_is_the_logit_gap() -> None:
    """A true class 2e4 below the winner costs 2e4 nats: nothing is clipped."""
    assert (
        cross_entropy(log_softmax(np.array([[1e4, -1e4]], np.float32)), np.array([1], np.uint8))
        == 2e4
    )


@pytest.mark.parametrize("classes", [2, 7, 256])
def test_confusion_matrix_is_scikit_learns(classes: int) -> None:
    """Rows are the true classes and columns the predicted ones, of up to 256 classes."""
    labels = random_labels(3000, classes)
    predictions = random_logits(1.0, images=3000, classes=classes).argmax(axis=1)
    ours = confusion_matrix(labels, predictions, classes)
    np.testing.assert_array_equal(
        ours, metrics.confusion_matrix(labels, predictions, labels=range(classes))
    )


@pytest.mark.parametrize("never", ["predicted", "true", "neither"])
def test_scores_per_class_are_scikit_learns(never: str) -> None:
    """Precision, recall, F1 and support are scikit-learn's, with 0 for a class without images."""
    labels, predictions = random_labels(), random_logits(1.0).argmax(axis=1)
    if never != "neither":
        values = predictions if never == "predicted" else labels
        values[values == 3] = 4
    ours = class_scores(confusion_matrix(labels, predictions, 7))
    expected = metrics.precision_recall_fscore_support(
        labels, predictions, labels=range(7), zero_division=0
    )
    for name, theirs in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        np.testing.assert_allclose(getattr(ours, name), theirs, rtol=1e-14, err_msg=name)


def test_one_right_image_of_each_class_scores_one() -> None:
    """A class with a single image, which is right, has precision, recall and F1 of 1."""
    scores = class_scores(np.eye(3, dtype=int))
    for values in (scores.precision, scores.recall, scores.f1):
        assert values.tolist() == [1, 1, 1]


def test_z_is_the_normal_quantile() -> None:
    """The interval's z is the 97.5% quantile of the normal distribution."""
    assert pytest.approx(stats.norm.ppf(0.975), rel=1e-15) == Z_95


@pytest.mark.parametrize(
    ("successes", "trials"),
    [(0, 1), (1, 1), (0, 60), (1, 60), (37, 60), (8300, 10000), (10000, 10000)],
)
def test_wilson_interval_inverts_the_score_test(successes: int, trials: int) -> None:
    """Both ends are where the score test of the proportion just rejects, found by a root finder."""
    share, z = successes / trials, stats.norm.ppf(0.975)

    def rejection(p: float) -> float:
        return trials * (share - p) ** 2 - z**2 * p * (1 - p)

    # With no success, or only successes, the share itself is a root: find the other one.
    low = optimize.brentq(rejection, 0, min(share, 1 - 1e-9), xtol=1e-15) if successes else 0
    high = optimize.brentq(rejection, max(share, 1e-9), 1, xtol=1e-15) if successes < trials else 1
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("p", [0.02, 0.5, 0.83, 0.99])
def test_wilson_interval_is_scipys_and_covers_about_95_in_100(p: float) -> None:
    """The interval is SciPy's, and holds the true proportion in about 95% of all samples of 500."""
    intervals = [wilson_interval(successes, 500) for successes in range(501)]
    for successes in (0, 7, 415, 500):
        theirs = stats.binomtest(successes, 500).proportion_ci(method="wilson")
        assert intervals[successes] == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    covered = [low <= p <= high for low, high in intervals]
    assert stats.binom.pmf(np.flatnonzero(covered), 500, p).sum() == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 5), (6, 5), (0, 0)])
def test_wilson_interval_refuses_impossible_counts(successes: int, trials: int) -> None:
    """Counts that no sample can have are refused, with the counts in the message."""
    with pytest.raises(ValueError, match=f"{successes} successes in {trials} trials"):
        wilson_interval(successes, trials)


def calibration_by_loop(
    confidence: np.ndarray, correct: np.ndarray, bins: int
) -> tuple[float, list[int]]:
    """Return the expected calibration error and the counts, by Guo et al.'s equations 2 and 3."""
    error, counts = 0.0, []
    for place in range(bins):
        # The first bin is closed below too: a confidence of 0 must stand somewhere.
        inside = [
            i
            for i, value in enumerate(confidence)
            if place / bins < value <= (place + 1) / bins or (place == 0 and value == 0)
        ]
        counts.append(len(inside))
        if inside:
            accuracy = sum(bool(correct[i]) for i in inside) / len(inside)
            mean = math.fsum(confidence[i] for i in inside) / len(inside)
            error += len(inside) / len(confidence) * abs(accuracy - mean)
    return error, counts


@pytest.mark.parametrize("images", [0, 500])  # and 4 more: alone each is in a bin of its own
@pytest.mark.parametrize("bins", [1, 10, 15])
def test_calibration_is_a_plain_loops(bins: int, images: int) -> None:
    """Calibration error and counts are those of a loop over bins (low, high]."""
    random = np.random.default_rng(3)
    confidence = np.concatenate([random.uniform(0, 1, images), [0.0, 1.0, 0.2, 0.6]])
    correct = random.uniform(size=len(confidence)) < confidence**2  # overconfident
    ours = calibration(confidence, correct, bins)
    error, counts = calibration_by_loop(confidence, correct, bins)
    assert ours.error == pytest.approx(error, rel=1e-12)
    assert ours.count.tolist() == counts


def test_calibration_error_of_the_calibrated_and_of_the_sure_and_wrong() -> None:
    """The error is 0 where confidence equals accuracy, and 1 for sure and always wrong."""
    assert calibration(np.full(4, 0.75), np.array([True, True, True, False])).error == 0
    assert calibration(np.ones(5), np.zeros(5, bool)).error == 1
