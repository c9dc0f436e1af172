"""Say what the model sees in pictures.

    python -m tools.predict shoe.jpg photos/           pictures and folders of them
    python -m tools.predict --picture why.png shoe.jpg and a picture of why
    python -m tools.predict --format csv test.npy      .npy and IDX files are read as they are

Needs the model's folder alone: data/model/, or --model FOLDER for one that `dvc get` brought.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stages.common.model import MODEL, load_model
from tools.command import run_tool
from tools.pictures.fitting import STEPS
from tools.pictures.names import named_path
from tools.pictures.walking import find_files
from tools.predict.output import FORMATS, print_as
from tools.predict.predicting import predict, remarks
from tools.runs.model import changed_params, check_model

_NO_PATH = """\
predict: no pictures are named; name files or folders:
  make predict IMAGES='shoe.jpg photos/'
  python -m tools.predict shoe.jpg photos/
"""


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="predict",
        description="Say what the model sees in pictures, folders of them, .npy and IDX files.",
    )
    parser.add_argument("paths", metavar="PATH", nargs="*", type=named_path)
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
        "(default: as the model's training images were made)",
    )
    options = parser.parse_args(given)
    if not options.paths:
        parser.exit(2, _NO_PATH)
    return options


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
    found = find_files(options.paths)
    predictions = predict(found, model, steps=options.steps or model.info.steps)
    print_as(options.format, predictions.images, model.info.classes)
    if options.picture and predictions.images:
        from tools.predict import picture  # noqa: PLC0415 - matplotlib takes longer than the rest

        picture.draw(predictions.images, model, options.picture)
    for line in remarks(predictions, found):
        print(f"predict: {line}", file=sys.stderr)
    return 1 if predictions.skipped or not found.files else 0


if __name__ == "__main__":
    run_tool("predict", main)
