"""Say what the model sees in pictures.

    python -m tools.predict shoe.jpg photos/           pictures and folders of them
    python -m tools.predict --picture why.png shoe.jpg and a picture of why
    python -m tools.predict --format csv test.npy      .npy and IDX files are read as they are

Needs the model's folder alone: data/model/, or --model FOLDER for one that `dvc get` brought.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path

import numpy as np
from tqdm import tqdm

from stages.common.errors import DataError
from stages.common.model import MODEL, Model, load_model
from stages.common.scoring import log_softmax
from tools.command import run_tool
from tools.pictures.names import named_path, shown
from tools.pictures.walking import find_files
from tools.predict.inputs import STEPS, read_all, steps_for
from tools.predict.output import FORMATS, Prediction
from tools.runs.model import changed_params, check_model


def predict(
    files: Sequence[Path], model: Model, *, steps: str
) -> tuple[list[Prediction], list[Path]]:
    """Return the predictions for all images in `files`, and the files that cannot be read.

    Each of those is named on standard error, with the reason.
    """
    predictions: list[Prediction] = []
    skipped: list[Path] = []
    found = read_all(files, model.info.shape, steps)
    for path, array in tqdm(found, total=len(files), unit=" files", disable=None, leave=False):
        if isinstance(array, DataError):
            skipped.append(path)
            tqdm.write(f"predict: {shown(path)}: {array}", file=sys.stderr)
            continue
        rows: Sequence[int | None] = range(len(array)) if array.ndim == 3 else [None]
        images = array.reshape(-1, *model.info.shape)
        probabilities = np.exp(log_softmax(model.logits(images)))
        predictions += map(Prediction, repeat(path), rows, images, probabilities)
    return predictions, skipped


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="predict",
        description="Say what the model sees in pictures, folders of them, .npy and IDX files.",
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", type=named_path)
    parser.add_argument(
        "--model", type=Path, default=MODEL, help=f"the model's folder (default: {MODEL})"
    )
    parser.add_argument("--format", choices=list(FORMATS), default="table")
    parser.add_argument(
        "--picture",
        type=_png,
        metavar="OUT.png",
        help="draw the inputs, what the model saw of them, and why it decided as it did",
    )
    parser.add_argument(
        "--steps",
        choices=list(STEPS),
        help="cut out the object and put it on black, or take the whole picture "
        "(default: object for models of fashion-mnist and mnist, else whole)",
    )
    return parser.parse_args(given)


def _png(text: str) -> Path:
    if not text.lower().endswith(".png"):
        raise argparse.ArgumentTypeError(f"{text!r} must end in .png")
    return Path(text)


def main(given: Sequence[str] | None = None) -> int:
    """Print the predictions; return the exit status, 1 when a file could not be read."""
    options = arguments(given)
    if options.model == MODEL:
        check_model()
    model = load_model(options.model)
    if options.model == MODEL and (changed := changed_params(model)):
        stale = f"{', '.join(changed)} changed since it was trained; `dvc repro` trains it anew"
        print(f"predict: the model is stale: {stale}", file=sys.stderr)
    steps = options.steps or steps_for(model.info.dataset)
    files = find_files(options.paths).files
    predictions, skipped = predict(files, model, steps=steps)
    for line in FORMATS[options.format](predictions, model.info.classes):
        print(line)
    if options.picture and predictions:
        from tools.predict import picture  # noqa: PLC0415 - matplotlib takes longer than the rest

        picture.draw(predictions, model, options.picture)
    if skipped:
        print(f"predict: {len(skipped)} of {len(files)} files skipped", file=sys.stderr)
    if not files:
        print("predict: no file in these folders", file=sys.stderr)
    return 1 if skipped or not files else 0


if __name__ == "__main__":
    run_tool("predict", main)
