"""The images that became wrong, and those that became right.

N images of a split, H x W pixels.
"""

import numpy as np

from stages.common.dataset import PREPARED, load_info, load_split
from stages.common.errors import PipelineError
from tools.page import html
from tools.report.results import Predictions

SHOWN = 12  # of each kind


def turned(before: Predictions, after: Predictions, split: str) -> str:
    """Return the images whose prediction became wrong or right, as a part of the page.

    Args:
        before: what the old model takes the images for.
        after: what the new one takes the same images for.
        split: "val" or "test".
    """
    lost, gained = before.right & ~after.right, ~before.right & after.right  # [N] bool
    if not (lost | gained).any():
        return ""
    images = _images(after, split)
    if images is None:
        return html.paragraph("The images are not those in data/prepared: run `dvc repro`.")
    return _gallery("wrong", lost, images, after, after) + _gallery(
        "right", gained, images, after, before
    )


def _images(after: Predictions, split: str) -> np.ndarray | None:
    """Return the images [N, H, W] of a split as they lie here; None when they are others."""
    try:
        found = load_split(PREPARED, split, load_info(PREPARED))
    except PipelineError:  # data that DVC did not bring
        return None
    return found.images if np.array_equal(found.labels, after.actual) else None


def _gallery(
    outcome: str, chosen: np.ndarray, images: np.ndarray, truth: Predictions, guess: Predictions
) -> str:
    """Return the first of the chosen images, each with its class and what it was taken for."""
    rows = np.flatnonzero(chosen)
    classes, word = truth.classes, "now" if outcome == "wrong" else "was"
    captions = [
        f"{classes[truth.actual[row]]}, {word} {classes[guess.predicted[row]]}"
        for row in rows[:SHOWN]
    ]
    some = f", the first {SHOWN}" if len(rows) > SHOWN else ""
    heading = f"Became {outcome}: {len(rows):,} images{some}"
    return html.gallery(heading, list(zip(images[rows[:SHOWN]], captions, strict=True)))
