"""How much each param matters for a low validation loss, as Optuna computes it."""

from collections.abc import Collection, Sequence

from tools.page.axis import axis_of
from tools.page.content import Trial

ENOUGH = 20  # complete trials; of fewer the best tenth is one trial


def param_importance(
    trials: Sequence[Trial], logarithmic: Collection[str] | None, many: str
) -> tuple[dict[str, float], str]:
    """Return each param's share, the largest first, and a sentence on how to read them.

    Where there is too little to tell, there are no shares, and the sentence says why.

    Args:
        trials: of which the complete ones count.
        logarithmic: the params whose scale is; None: as their values suggest.
        many: what the complete trials are called.
    """
    complete = [each for each in trials if each.state == "complete"]
    if len({each.val_loss for each in complete}) < ENOUGH:
        return {}, f"How much each param matters is shown from {ENOUGH} {many} on."
    try:
        import optuna  # noqa: PLC0415 - a comparison does not need it, and it takes a second
        from optuna.distributions import (  # noqa: PLC0415
            BaseDistribution,
            CategoricalDistribution,
            FloatDistribution,
        )
        from optuna.importance import (  # noqa: PLC0415
            PedAnovaImportanceEvaluator,
            get_param_importances,
        )
    except ModuleNotFoundError:
        return {}, "How much each param matters needs Optuna: `make setup ADD=search`, and again."

    def distribution(name: str) -> BaseDistribution:
        log = None if logarithmic is None else name in logarithmic
        axis = axis_of(name, [each.params[name] for each in complete], log=log)
        values = list(axis.places)
        if axis.scale == "even":
            return CategoricalDistribution(values)
        is_log = axis.scale == "log" and values[0] > 0
        return FloatDistribution(values[0], values[-1], log=is_log)

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    distributions = {name: distribution(name) for name in complete[0].params}
    for each in complete:
        params = dict(each.params)
        trial = optuna.create_trial(params=params, distributions=distributions, value=each.val_loss)
        study.add_trial(trial)
    shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return shares, (
        f"How much the best tenth of the {many} differs from all of them in each param "
        "(PED-ANOVA, by Optuna). It says nothing of values that were hardly tried."
    )
