"""Make a dataset of pictures in folders, one sub-folder for each class.

    python -m tools.import_images path/to/birds --name birds

writes four IDX files and pictures.csv, the list of where each picture went, into data/local/birds/,
which DVC tracks, and the catalogue's file data/datasets/birds.yaml. Each picture is made grey and
as large as fits into the image; the rest is filled with the median of the picture's border.
"""

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from stages.common.params import load_params
from tools.command import run_tool
from tools.import_images import report
from tools.import_images.changes import compare
from tools.import_images.dataset import Settings, read_version, track, write_dataset
from tools.import_images.layout import find_classes
from tools.import_images.pictures import read_pictures
from tools.import_images.split import list_pictures, split_images

_VALUES = ("null", "true", "false", "inf", "nan")  # are no text in params.yaml or for `dvc -S`
_MISSING = """\
import: name the folder of pictures and the dataset:
  make import FOLDER=path/to/birds NAME=birds
  python -m tools.import_images path/to/birds --name birds
"""


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line; None for those that the last import decides."""
    parser = argparse.ArgumentParser(
        prog="import",
        description="Make a dataset of pictures in folders, one for each class.",
        epilog="The defaults of a dataset that was imported before are its own settings.",
    )
    parser.add_argument(
        "folder", nargs="?", default="", help="the folder that holds one folder for each class"
    )
    parser.add_argument("--name", default="", type=_name, help="what to call the dataset")
    parser.add_argument(
        "--size", type=_size, metavar="S or HxW", help="pixels of an image (default: 28)"
    )
    parser.add_argument(
        "--test-share",
        type=_share,
        metavar="SHARE",
        help="chance of each image to be held out for testing (default: 0.2)",
    )
    parser.add_argument("--seed", type=_seed, help="of the split (default: 0)")
    parser.add_argument(
        "--validation",
        choices=("train", "test"),
        help="what a folder for validation belongs to (default: train)",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace the dataset of that name, if it was imported"
    )
    options = parser.parse_args(given)
    if not (options.folder and options.name):
        parser.exit(2, _MISSING)
    return options


def _name(text: str) -> str:
    if not text:  # as make gives one that is not set
        return text
    if not re.fullmatch("[a-z][a-z0-9_-]{0,39}", text) or text in _VALUES:
        allowed = "1 to 40 of a-z, 0-9, _ and -, the first a letter"
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; it must be {allowed}")
    return text


def _size(text: str) -> tuple[int, int]:
    sides = [int(side) for side in text.split("x")] if re.fullmatch(r"\d+(x\d+)?", text) else []
    if not sides or not all(1 <= side <= 1024 for side in sides):
        allowed = "a number from 1 to 1024, or height and width as 32x24"
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; it must be {allowed}")
    return sides[0], sides[-1]


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text} is not allowed; it must be between 0 and 1")
    return share


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; it must be a whole number")
    return int(text)


def _settings(options: argparse.Namespace, last: Settings) -> Settings:
    """Return the settings of the last import with those changed that are given."""
    height, width = options.size or (last.height, last.width)
    given = {
        name: getattr(options, name)
        for name in ("test_share", "seed", "validation")
        if getattr(options, name) is not None
    }
    return replace(last, height=height, width=width, **given)


def import_folder(options: argparse.Namespace) -> np.ndarray:
    """Write the dataset of a folder and say what came of it; return the training labels [N]."""
    last = read_version(options.name)
    settings = _settings(options, last.settings if last else Settings())
    folder = Path(options.folder)
    layout = find_classes(folder)
    pictures = read_pictures(folder, layout, settings.height, settings.width)
    split = split_images(pictures, settings, last)
    listed = list_pictures(pictures, split)
    report.describe(options.name, pictures, split, settings)
    if last:
        report.describe_changes(compare(last.listed, listed))
    write_dataset(options.name, settings, pictures, split.in_test, listed, force=options.force)
    return pictures.labels[~split.in_test]


def main(given: Sequence[str] | None = None) -> None:
    """Import a folder, let DVC track what came of it, and say what to type next."""
    options, params = arguments(given), load_params()
    labels = import_folder(options)
    track(options.name)
    report.describe_next(options.name, labels, params)


if __name__ == "__main__":
    run_tool("import", main)
