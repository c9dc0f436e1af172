"""The images that a split holds in two runs, as both models see them.

N images, K classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from stages.common.scoring import class_scores
from tools.runs.predictions import Predictions
from tools.runs.significance import PairedLoss, PairedTest, holm, paired_loss, paired_test

Split = Literal["val", "test"]
SPLITS: Mapping[Split, str] = {"val": "validation", "test": "test"}  # what people call their images


@dataclass(frozen=True)
class ClassChange:
    """The scores of one class before and after."""

    name: str
    f1_before: float
    f1_after: float
    images: int
    right_before: int  # of these images
    right_after: int
    p: float  # of the difference in accuracy, adjusted for K classes

    @property
    def difference(self) -> float:
        """F1 after minus F1 before."""
        return self.f1_after - self.f1_before


@dataclass(frozen=True)
class SplitChange:
    """The images that a split holds on both sides, as both models see them."""

    name: Split
    before: Predictions  # of these images, in the same order
    after: Predictions
    images_before: int  # that the split holds on this side
    images_after: int
    accuracy: PairedTest
    loss: PairedLoss

    @property
    def is_whole(self) -> bool:
        """Whether both sides hold just these images."""
        return self.images_before == self.images_after == self.accuracy.images

    @property
    def scores(self) -> dict[str, tuple[Decimal, Decimal]]:
        """The accuracy and the mean loss before and after, by the name of the metric."""
        means = {
            "accuracy": [side.right.mean() for side in (self.before, self.after)],
            "loss": [side.losses.mean() for side in (self.before, self.after)],
        }
        return {
            f"{self.name}_{name}": (Decimal(f"{before:.6f}"), Decimal(f"{after:.6f}"))
            for name, (before, after) in means.items()
        }

    @property
    def classes(self) -> list[ClassChange]:
        """The classes, the largest change of F1 first; none where the names differ."""
        before, after = self.before, self.after
        if before.classes != after.classes:
            return []
        old, new = (class_scores(side.counts).f1.tolist() for side in (before, after))
        images = [before.actual == number for number in range(len(before.classes))]
        right = [(before.right[of], after.right[of]) for of in images]
        p = holm([paired_test(*sides).p for sides in right])
        changes = []
        for number, name in enumerate(before.classes):
            was, now = right[number]
            counts = (len(was), int(was.sum()), int(now.sum()))
            changes.append(ClassChange(name, old[number], new[number], *counts, p[number]))
        return sorted(changes, key=lambda change: -abs(change.difference))


def split_change(
    split: Split, before: Predictions | None, after: Predictions | None
) -> SplitChange | None:
    """Return what changes on the images that both sides hold, by their digests; None for none."""
    if before is None or after is None:
        return None
    _, old, new = np.intersect1d(before.digests, after.digests, return_indices=True)
    if not len(old):
        return None
    order = np.argsort(new)
    old_side, new_side = before.at(old[order]), after.at(new[order])
    return SplitChange(
        split,
        old_side,
        new_side,
        len(np.unique(before.digests)),
        len(np.unique(after.digests)),
        paired_test(old_side.right, new_side.right),
        paired_loss(old_side.losses, new_side.losses),
    )
