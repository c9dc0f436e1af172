"""Say what the model sees in pictures.

    python -m tools.predict shoe.jpg photos/           pictures and folders of them
    python -m tools.predict --picture why.png shoe.jpg and a picture of why
    python -m tools.predict --format csv test.npy      .npy and IDX files are read as they are
    python -m tools.predict --labelled photos/         how good it is: a sub-folder for each class

Needs the model's folder alone: data/model/, or --model FOLDER for one that `dvc get` brought.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stages.common.errors import DataError
from stages.common.files import write_bytes
from stages.common.model import MODEL, Model, load_model
from tools.command import run_tool
from tools.pictures.fitting import STEPS
from tools.pictures.names import named_path, shown
from tools.pictures.walking import find_files
from tools.predict import judged
from tools.predict.judging import judge
from tools.predict.labelled import find_labelled
from tools.predict.output import FORMATS, print_as
from tools.predict.predicting import Predictions, predict, remarks
from tools.runs.model import changed_params, check_model

PAGE = Path("report/labelled.html")
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
        "--labelled",
        type=named_path,
        metavar="FOLDER",
        help=f"judge the model on pictures in a sub-folder for each class, and write {PAGE}",
    )
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
    if options.labelled and (options.paths or options.picture or options.format == "csv"):
        parser.error("--labelled takes one folder, no --picture and no --format csv")
    if not options.labelled and not options.paths:
        parser.exit(2, _NO_PATH)
    return options


def _png(text: str) -> Path:
    if not text.lower().endswith(".png"):
        raise argparse.ArgumentTypeError(f"{text!r} must end in .png")
    return Path(text)


def main(given: Sequence[str] | None = None) -> int:
    """Print the predictions; return the exit status, 1 when a file could not be read."""
    options = arguments(given)
    model = _load(options.model)
    steps = options.steps or model.info.steps
    if options.labelled:
        labelled = find_labelled(options.labelled, model.info.classes)
        found = labelled.found
        predictions = predict(found, model, steps=steps)
        notes = [*labelled.notes, *remarks(predictions, found)]
        _judge(predictions, labelled.labels, model, notes, options)
    else:
        found = find_files(options.paths)
        predictions = predict(found, model, steps=steps)
        notes = list(remarks(predictions, found))
        print_as(options.format, predictions.images, model.info.classes)
        if options.picture and predictions.images:
            from tools.predict.picture import draw  # noqa: PLC0415 - matplotlib takes long

            write_bytes(options.picture, draw(predictions.images, model))
    for line in notes:
        print(f"predict: {line}", file=sys.stderr)
    return 1 if predictions.skipped or not found.files else 0


def _load(folder: Path) -> Model:
    """Return the model in a folder; say when it is the pipeline's own and is stale."""
    if folder != MODEL:
        return load_model(folder)
    check_model()
    model = load_model(folder)
    if changed := changed_params(model):
        stale = f"{', '.join(changed)} changed since it was trained; `dvc repro` trains it anew"
        print(f"predict: the model is stale: {stale}", file=sys.stderr)
    return model


def _judge(
    predictions: Predictions,
    labels: Mapping[Path, int],
    model: Model,
    notes: Sequence[str],
    options: argparse.Namespace,
) -> None:
    """Print how good the model is on labelled pictures, and write the page."""
    from tools.predict import page  # noqa: PLC0415 - matplotlib and Vega take long

    if not predictions.images:
        raise DataError(f"{shown(options.labelled)}: no picture can be read")
    judgement = judge(predictions.images, labels, model, options.model)
    if options.format == "json":
        lines = judged.as_json(judgement, model.info.classes, predictions.skipped)
    else:
        lines = judged.as_text(judgement, model.info.classes, PAGE)
    for line in lines:
        print(line)
    write_bytes(PAGE, page.render(judgement, model, predictions.skipped, notes).encode())


if __name__ == "__main__":
    run_tool("predict", main)
