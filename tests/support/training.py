"""Training as the tests run it: on small splits, with params of their own, on the CPU."""

from collections.abc import Callable

from stages.common.dataset import DatasetInfo, Split
from stages.common.gluon.mx import mx
from stages.common.gluon.training import Fit, fit
from stages.common.history import Epoch
from stages.common.params import Params
from tests.support.prepared import INFO, split_of
from tests.support.project import PARAMS

TRAIN, VAL, EMPTY = split_of(200, seed=0), split_of(30, seed=1), split_of(0, seed=1)


def params_of(**values: object) -> Params:
    """Return the params of the tests with some values changed; 3 epochs unless told otherwise."""
    return Params.model_validate(PARAMS | {"epochs": 3} | values)


def ignore(epochs: list[Epoch]) -> None:
    """Do nothing after an epoch."""


def run_fit(
    params: Params | None = None,
    data: Split = TRAIN,
    val: Split = VAL,
    *,
    info: DatasetInfo = INFO,
    on_epoch: Callable[[list[Epoch]], None] = ignore,
) -> Fit:
    """Train on the CPU."""
    return fit(data, val, info, params or params_of(), device=mx.cpu(), on_epoch=on_epoch)


def figures(fitted: Fit) -> list[tuple[float | None, ...]]:
    """Return each epoch's losses and accuracies."""
    return [(e.train_loss, e.train_accuracy, e.val_loss, e.val_accuracy) for e in fitted.epochs]
