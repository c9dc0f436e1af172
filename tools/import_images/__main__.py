"""Make a dataset of pictures in folders, one sub-folder for each class.

    python -m tools.import_images path/to/birds --name birds
    dvc exp run -S dataset=birds

writes four IDX files and pictures.csv, the list of where each picture went, into data/local/birds/,
and the catalogue's file data/datasets/birds.yaml. Each picture is made grey and as large as fits
into the image; the rest of the image is filled with the median of the picture's border.
"""

import argparse
import re
from collections.abc import Sequence

from tools.command import run_tool
from tools.import_images.dataset import Rows, draw_test, entry_path, refuse_foreign, write_dataset
from tools.import_images.duplicates import near_duplicates
from tools.import_images.folders import Pictures, read_folders
from tools.pictures.names import named_path, shown

SHOWN = 10  # near-duplicates and unreadable files named on the terminal; pictures.csv has them all
_VALUES = ("null", "true", "false", "inf", "nan")  # are no text in params.yaml or for `dvc -S`


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="import", description="Make a dataset of pictures in folders, one for each class."
    )
    parser.add_argument(
        "folder", type=named_path, help="the folder that holds one folder for each class"
    )
    parser.add_argument("--name", required=True, type=_name, help="what to call the dataset")
    parser.add_argument(
        "--size",
        type=_size,
        default=(28, 28),
        metavar="S or HxW",
        help="pixels of an image (default: 28)",
    )
    parser.add_argument(
        "--test-share",
        type=_share,
        default=0.2,
        metavar="SHARE",
        help="share of each class that is held out for testing (default: 0.2)",
    )
    parser.add_argument(
        "--seed", type=_seed, default=0, help="of the draw of the test images (default: 0)"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace the dataset of that name, if it was imported"
    )
    return parser.parse_args(given)


def _name(text: str) -> str:
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


def main(given: Sequence[str] | None = None) -> None:
    """Import the pictures and say what came of them."""
    options = arguments(given)
    refuse_foreign(options.name)
    pictures = read_folders(options.folder, *options.size)
    rows = draw_test(pictures.labels, options.test_share, seed=options.seed)
    pairs = near_duplicates(pictures.images[rows.test], pictures.images[rows.train])
    twins = {int(rows.test[test]): int(rows.train[train]) for test, train in pairs}
    folder = write_dataset(options.name, pictures, rows, twins, force=options.force)
    report(options.name, pictures, rows, twins)
    print(f"wrote {folder}/ and {entry_path(options.name)}")
    print(f"train on it: dvc exp run -S dataset={options.name}")


def report(name: str, pictures: Pictures, rows: Rows, twins: dict[int, int]) -> None:
    """Print the counts, the near-duplicates across training and test, and the unreadable files."""
    height, width = pictures.images.shape[1:]
    print(f"{name}: {len(pictures.classes)} classes, {len(pictures.files)} images of", end=" ")
    print(f"{height} x {width}: {len(rows.train)} for training, {len(rows.test)} for testing")
    names = [shown(file) for file in pictures.files]
    lines = [f"{names[test]} is near {names[train]}" for test, train in twins.items()]
    _print_some("near-duplicates across training and test", lines)
    lines = [f"{shown(file)}: {why}" for file, why in pictures.unreadable.items()]
    _print_some("left out, as they cannot be read", lines)


def _print_some(what: str, lines: Sequence[str]) -> None:
    print(f"{what}: {len(lines)}")
    for line in lines[:SHOWN]:
        print(f"  {line}")
    if len(lines) > SHOWN:
        print(f"  and {len(lines) - SHOWN} more, in pictures.csv")


if __name__ == "__main__":
    run_tool("import", main)
