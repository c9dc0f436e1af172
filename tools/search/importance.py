"""How much each param matters for a low validation loss, as Optuna computes it."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

ENOUGH = 20  # complete trials; of fewer the best tenth is one trial
NOTE = (
    "How much the best tenth of the complete trials differs from all of them in each param "
    "(PED-ANOVA, by Optuna). It says nothing of params that pruning or the sampler kept narrow."
)


def param_importance(
    trials: Sequence[tuple[Mapping[str, Any], float]],
    distributions: Mapping[str, BaseDistribution],
) -> dict[str, float]:
    """Return each param's share, the largest first; empty when there are too few trials.

    Args:
        trials: the params and the validation loss of every complete trial.
        distributions: what each param was drawn from.
    """
    if len(trials) < ENOUGH:
        return {}
    study = optuna.create_study()
    study.add_trials(
        [
            optuna.create_trial(params=dict(params), distributions=dict(distributions), value=loss)
            for params, loss in trials
        ]
    )
    return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
