"""Paired tests: do two models differ on the images that both saw, by more than chance explains?

McNemar's test of the accuracy: only images that one model alone gets right count. If neither model
is better, each of those falls to either side like a fair coin.

The test of the loss: the mean difference over N images beside its standard error.
"""

import math
from dataclasses import dataclass

import numpy as np

from stages.common.scoring import Z_95

FEW = 25  # discordant images below which the exact test is used
ALPHA = 0.05
LEAST = 30  # images from which on the mean of their losses is close to normal


@dataclass(frozen=True)
class PairedTest:
    """The outcome of comparing two models on the same N images."""

    images: int  # N
    gained: int  # wrong before, right after
    lost: int  # right before, wrong after
    p: float  # of a split at least this uneven when neither model is better

    @property
    def difference(self) -> float:
        """Accuracy after minus accuracy before."""
        return (self.gained - self.lost) / self.images

    @property
    def is_signal(self) -> bool:
        """Whether chance alone would bring such a difference in fewer than 5 of 100 test splits."""
        return self.p < ALPHA

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the difference in accuracy.

        Source: D. G. Bonett, R. M. Price (2012), "Adjusted Wald confidence interval for a
        difference of binomial proportions based on paired data", Journal of Educational and
        Behavioral Statistics 37:479-488.
        """
        up, down = ((count + 1) / (self.images + 2) for count in (self.gained, self.lost))
        half = Z_95 * math.sqrt((up + down - (up - down) ** 2) / (self.images + 2))
        return max(-1.0, up - down - half), min(1.0, up - down + half)


@dataclass(frozen=True)
class PairedLoss:
    """The outcome of comparing two models' losses on the same N images."""

    images: int  # N
    difference: float  # the mean loss after minus the one before, nats
    error: float  # the standard error of the difference

    @property
    def p(self) -> float:
        """The two-sided p value; 1 for too few images to tell."""
        if self.images < LEAST or not self.difference:
            return 1.0
        return math.erfc(abs(self.difference) / self.error / math.sqrt(2)) if self.error else 0.0

    @property
    def is_signal(self) -> bool:
        """Whether chance alone would bring such a difference in fewer than 5 of 100 splits."""
        return self.p < ALPHA

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the difference."""
        half = Z_95 * self.error
        return self.difference - half, self.difference + half


def paired_loss(before: np.ndarray, after: np.ndarray) -> PairedLoss:
    """Compare the losses [N] of two models on the same images."""
    differences = after - before
    error = differences.std(ddof=1) / math.sqrt(len(differences)) if len(differences) > 1 else 0.0
    return PairedLoss(len(differences), float(differences.mean()), float(error))


def paired_test(before: np.ndarray, after: np.ndarray) -> PairedTest:
    """Compare which images [N] bool two models got right."""
    gained, lost = int((~before & after).sum()), int((before & ~after).sum())
    return PairedTest(len(before), gained, lost, mcnemar_p(gained, lost))


def mcnemar_p(gained: int, lost: int) -> float:
    """Return the two-sided p value for so many images gained and lost.

    Below FEW of them this is the exact binomial test. From FEW on it is the mid-p version, which
    counts half of the probability of the observed split: it detects more at the same error rate.

    Source: M. W. Fagerland, S. Lydersen, P. Laake (2013), "The McNemar test for binary
    matched-pairs data: mid-p and asymptotic are better than exact conditional", BMC Medical
    Research Methodology 13:91.
    """
    total, smaller = gained + lost, min(gained, lost)
    tail = math.fsum(_coin(total, heads) for heads in range(smaller + 1))
    p = 2 * tail if total < FEW else 2 * tail - _coin(total, smaller)
    return min(1.0, p)


def _coin(tosses: int, heads: int) -> float:
    """Return the probability of `heads` in `tosses` of a fair coin."""
    # By logarithms, since 2**-10000 is below any float.
    ways = math.lgamma(tosses + 1) - math.lgamma(heads + 1) - math.lgamma(tosses - heads + 1)
    return math.exp(ways - tosses * math.log(2))


def holm(values: list[float]) -> list[float]:
    """Return p values adjusted for there being several.

    Source: S. Holm (1979), "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6:65-70.
    """
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min(1.0, (len(values) - rank) * values[index]))
        adjusted[index] = highest
    return adjusted
