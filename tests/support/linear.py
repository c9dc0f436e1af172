"""A softmax regression and its test split, made without training."""

from typing import Any

import numpy as np

from stages.common.dataset import PIXEL_SCALE, DatasetInfo, Split
from stages.common.model import Model
from stages.evaluate import evaluate
from stages.evaluate import metrics_of as evaluate_metrics
from stages.preprocess import metrics_of as preprocess_metrics
from tests.support.prepared import INFO, split_of

PARAMS: dict[str, int | float | str] = {"epochs": 5, "lr": 0.1, "patience": 0}


def nearest_mean(train: Split, info: DatasetInfo = INFO, *, sharpness: float = 1.0) -> Model:
    """Return the linear model that prefers the class whose mean image is nearest.

    -|x - mean|^2 is linear in x but for |x|^2, which is the same for every class.

    Args:
        train: images of each class.
        info: what they are.
        sharpness: a factor on the logits; with a high one the model is sure of everything.
    """
    pixels = train.images.reshape(len(train), -1) * PIXEL_SCALE
    labels = range(len(info.classes))
    means = np.stack([pixels[train.labels == label].mean(axis=0) for label in labels])  # [K, D]
    weight, bias = 2 * means, -(means**2).sum(axis=1)
    arrays = [(sharpness * array).astype(np.float32) for array in (weight, bias)]
    return Model(arrays[0], arrays[1], PIXEL_SCALE, info, PARAMS)


def model_and_test(
    info: DatasetInfo = INFO, *, count: int = 60, sharpness: float = 1.0
) -> tuple[Model, Split]:
    """Return a model of synthetic images, and `count` others to test it on."""
    train = split_of(200, seed=0, info=info)
    return nearest_mean(train, info, sharpness=sharpness), split_of(count, seed=1, info=info)


def metrics_of(model: Model, test: Split) -> dict[str, Any]:
    """Return what metrics/*.json would hold of a model: evaluate's figures are its own."""
    train = split_of(200, seed=0, info=model.info)
    splits = {"train": train, "val": Split(train.images[:0], train.labels[:0]), "test": test}
    classes = model.info.classes
    trained = {"train_loss": 0.1, "train_accuracy": 0.97, "kept_epoch": 5, "epochs_run": 5}
    evaluated = evaluate_metrics(evaluate(model, test), classes)
    return preprocess_metrics(splits, classes) | trained | evaluated
