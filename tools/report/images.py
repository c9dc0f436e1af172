"""The images that became wrong, and those that became right.

N images of a split, H x W pixels.
"""

from collections.abc import Mapping

import numpy as np

from stages.common.dataset import PREPARED, image_digests, load_info, load_split
from stages.common.errors import PipelineError
from tools.page import figures, html
from tools.report.split import SplitChange
from tools.runs.predictions import Predictions

SHOWN = 12  # of each kind


def turned(split: SplitChange) -> str:
    """Return the images whose prediction became wrong or right, as a part of the page."""
    before, after = split.before, split.after
    lost, gained = before.right & ~after.right, ~before.right & after.right  # [N] bool
    if not (lost | gained).any():
        return ""
    images = _images(split.name)
    if not all(digest in images for digest in after.digests):
        return html.paragraph("The images are not those in data/prepared: run `dvc repro`.")
    return _gallery("wrong", lost, images, after, after) + _gallery(
        "right", gained, images, after, before
    )


def _images(split: str) -> Mapping[str, np.ndarray]:
    """Return the images [H, W] of a split by digest, as they lie here."""
    try:
        found = load_split(PREPARED, split, load_info(PREPARED)).images
    except PipelineError:  # data that DVC did not bring
        return {}
    return dict(zip(image_digests(found), found, strict=True))


def _gallery(
    outcome: str,
    chosen: np.ndarray,
    images: Mapping[str, np.ndarray],
    truth: Predictions,
    guess: Predictions,
) -> str:
    """Return the first of the chosen images, each with its class and what it was taken for."""
    rows = np.flatnonzero(chosen)
    word = "now" if outcome == "wrong" else "was"
    pictures = [
        (
            images[truth.digests[row]],
            f"{truth.classes[truth.actual[row]]}, {word} {guess.classes[guess.predicted[row]]}",
        )
        for row in rows[:SHOWN]
    ]
    some = f", the first {SHOWN}" if len(rows) > SHOWN else ""
    return figures.gallery(f"Became {outcome}: {len(rows):,} images{some}", pictures)
