"""scikit-learn's SGDClassifier: one-versus-all logistic regressions, each by SGD one image at a time."""

from pathlib import Path

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

from stages.common.dataset import PIXEL_SCALE
from tools.benchmark.trainers.arrays import pixels_and_labels
from tools.benchmark.worker import Turns


def train(folder: Path, turns: Turns, *, batch_size: int, rate: float, setting: int) -> None:  # noqa: ARG001 - it knows no batches
    """Train one epoch for each turn."""
    pixels, labels, classes = pixels_and_labels(folder)
    pixels = pixels * np.float32(PIXEL_SCALE)
    model = SGDClassifier(
        loss="log_loss",
        penalty=None,
        learning_rate="constant",
        eta0=rate,
        n_jobs=setting,
        random_state=0,
    )
    while True:
        model.partial_fit(pixels, labels, classes=np.arange(classes))
        turns.stop()
        turns.done(float(log_loss(labels, model.predict_proba(pixels))))
