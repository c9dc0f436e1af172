"""Stage train: a softmax regression in Gluon, by SGD on the cross-entropy.

The network and the training loop are in stages/common/gluon/training.py.
"""

from pathlib import Path
from typing import Any

from tqdm import tqdm

from stages.common.dataset import PIXEL_SCALE, PREPARED, load_info, load_split
from stages.common.errors import ParamError, run_stage
from stages.common.files import write_metrics
from stages.common.gluon.device import choose_device
from stages.common.gluon.training import best_epoch, fit
from stages.common.history import HISTORY, Epoch, write_history
from stages.common.model import MODEL, Model, save_model
from stages.common.params import TRAINING_PARAMS, Params, load_params

METRICS = Path("metrics/train.json")


def metrics_of(kept: Epoch, epochs_run: int) -> dict[str, Any]:
    """Return the content of metrics/train.json; without a validation split it has no val_ keys."""
    figures: dict[str, Any] = {
        "train_loss": kept.train_loss,
        "train_accuracy": kept.train_accuracy,
        "val_loss": kept.val_loss,
        "val_accuracy": kept.val_accuracy,
        "kept_epoch": kept.number,
        "epochs_run": epochs_run,
    }
    return {name: value for name, value in figures.items() if value is not None}


def report(epochs: list[Epoch], params: Params) -> None:
    """Print the last epoch; write the history and the metrics so far, for whoever watches them."""
    last = epochs[-1]
    line = f"epoch {last.number:3d}  loss {last.train_loss:.4f}  accuracy {last.train_accuracy:.4f}"
    if last.val_loss is not None:
        line += f"  val loss {last.val_loss:.4f}  val accuracy {last.val_accuracy:.4f}"
    tqdm.write(f"{line}  {last.images_per_second:,.0f} images/s")
    write_history(HISTORY, epochs)
    kept = best_epoch(epochs) if params.patience else last
    write_metrics(METRICS, metrics_of(kept, len(epochs)))


def main() -> None:
    """Train on data/prepared/; write data/model/, plots/history.csv and metrics/train.json."""
    params = load_params()
    info = load_info(PREPARED)
    train, val = load_split(PREPARED, "train", info), load_split(PREPARED, "val", info)
    if params.batch_size > len(train):
        raise ParamError(
            f"params.yaml: batch_size: {params.batch_size} is not allowed; "
            f"it must be at most the number of training images, {len(train)}"
        )
    device, reason = choose_device(params.device)
    print(f"training on {reason}: {len(train)} images, {len(val)} for validation")
    total = params.epochs * len(train)
    with tqdm(total=total, unit=" images", unit_scale=True, disable=None, leave=False) as bar:
        fitted = fit(
            train,
            val,
            info,
            params,
            device=device,
            on_epoch=lambda epochs: report(epochs, params),
            on_batch=bar.update,
        )
    trained_with = params.model_dump(include={"seed", *TRAINING_PARAMS})
    save_model(MODEL, Model(fitted.weight, fitted.bias, PIXEL_SCALE, info, trained_with))


if __name__ == "__main__":
    run_stage("train", main, on_stop=f"{HISTORY} has its epochs so far, its weights are not kept")
