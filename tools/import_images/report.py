"""What an import prints: the classes, the split, what was left out, and what changed."""

from collections.abc import Sequence

import numpy as np

from stages.common.errors import ParamError
from stages.common.params import Params
from stages.preprocess import stratified_split
from tools.import_images.changes import Changes
from tools.import_images.dataset import Settings, tracked_path
from tools.import_images.entry import entry_path
from tools.import_images.layout import part_of
from tools.import_images.pictures import Pictures
from tools.import_images.split import Split
from tools.pictures.names import shown

SHOWN = 10  # names of a kind


def describe(name: str, pictures: Pictures, split: Split, settings: Settings) -> None:
    """Print the classes, the split, near-duplicates, and the files that were left out."""
    height, width = pictures.images.shape[1:]
    print(f"{name}: {len(pictures.files)} images of {height} x {width}, {_sides(split.in_test)}")
    column = max(map(len, pictures.classes))
    for label, each in enumerate(pictures.classes):
        print(f"  {each.ljust(column)}  {_sides(split.in_test[pictures.labels == label])}")
    print(f"split: {_how(pictures, split, settings)}")
    _describe_near(pictures, split)
    for note, files in pictures.notes.items():
        _print_some(note, [shown(file) for file in files])
    left_out = [f"{shown(file)}: {why}" for file, why in pictures.left_out.items()]
    _print_some("left out", left_out, ", in pictures.csv")
    if pictures.ignored:
        print(f"ignored: {pictures.ignored} hidden files and folders, or of the system")


def _sides(in_test: np.ndarray) -> str:
    return f"{(~in_test).sum()} for training, {in_test.sum()} for testing"


def _describe_near(pictures: Pictures, split: Split) -> None:
    """Print how many near-duplicates there are, and those that are in two classes or splits."""
    names = [shown(file) for file in pictures.files]
    near = [row for row, first in enumerate(split.groups) if row != first]
    print(f"near-duplicates of other pictures: {len(near)}")
    labels = pictures.labels
    mixed = [row for row in near if labels[row] != labels[split.groups[row]]]
    pairs = [f"{names[row]} and {names[split.groups[row]]}" for row in mixed]
    _print_some("near-duplicates in different classes", pairs, ", in pictures.csv")
    trained = {split.groups[row]: row for row in np.flatnonzero(~split.in_test)[::-1]}
    across = [row for row in np.flatnonzero(split.in_test) if split.groups[row] in trained]
    pairs = [f"{names[row]} and {names[trained[split.groups[row]]]}" for row in across]
    _print_some("near-duplicates across training and testing", pairs, ", in pictures.csv")


def _how(pictures: Pictures, split: Split, settings: Settings) -> str:
    folders = sorted(set(pictures.splits) - {""})
    if not split.given:
        drawn = f"by digest, --test-share {settings.test_share:g} --seed {settings.seed}"
        none = f"; {' and '.join(folders)} joined, none is for testing" if folders else ""
        return drawn + none
    sides: dict[str, list[str]] = {"training": [], "testing": []}
    for name in folders:
        part = part_of(name).replace("val", settings.validation)
        sides["testing" if part == "test" else "training"].append(f"{name}/")
    return "as the folders say, " + ", ".join(
        f"{' and '.join(names)} for {side}" for side, names in sides.items()
    )


def describe_changes(changes: Changes) -> None:
    """Print what changed against the last version."""
    unchanged = not any(vars(changes).values())
    print(f"against the last version:{' nothing changed' if unchanged else ''}")
    for old, new in changes.classes.items():
        print(f"  the class {old} is now {new}")
    for what, pictures in (("added", changes.added), ("removed", changes.removed)):
        _print_some(f"  {what}", [each.picture for each in pictures])
    pairs = {
        "renamed": [f"{old.picture} is now {new.picture}" for old, new in changes.renamed],
        "relabelled": [
            f"{new.picture}: {old.label} is now {new.label}" for old, new in changes.relabelled
        ],
        "with another image": [new.picture for _, new in changes.altered],
        "moved between training and testing": [
            f"{new.picture}: {old.split} is now {new.split}" for old, new in changes.moved
        ],
    }
    for what, lines in pairs.items():
        _print_some(f"  {what}", lines)


def _print_some(what: str, lines: Sequence[str], rest: str = "") -> None:
    """Print a count and the first lines of its kind; `rest` says where the others are."""
    if not lines:
        return
    print(f"{what}: {len(lines)}")
    indent = " " * (len(what) - len(what.lstrip()) + 2)
    for line in lines[:SHOWN]:
        print(f"{indent}{line}")
    if len(lines) > SHOWN:
        print(f"{indent}and {len(lines) - SHOWN} more{rest}")


def describe_next(name: str, labels: np.ndarray, params: Params) -> None:
    """Print the lines to type next; `labels` are those of the images for training."""
    val_fraction = next(
        each for each in (params.val_fraction, 0.2, 0.5, 0.0) if _rows(labels, each)
    )
    batch_size = 1 << (max(1, _rows(labels, val_fraction) // 10).bit_length() - 1)
    changed = {"dataset": name}
    if params.batch_size > batch_size:
        changed["batch_size"] = str(batch_size)
    if params.val_fraction != val_fraction:
        changed["val_fraction"] = f"{val_fraction:g}"
    if params.patience and not val_fraction:
        changed["patience"] = "0"
    options = " ".join(f"-S {param}={value}" for param, value in changed.items())
    paths = f"{entry_path(name)} {tracked_path(name)}"
    print("next:")
    print(f"  git add {paths} && git commit -m 'Import {name}'")
    print("  dvc push    # to your remote, see docs/share.md")
    print(f"  dvc exp run {options}")


def _rows(labels: np.ndarray, val_fraction: float) -> int:
    """Return how many images are left to train on; 0 when a class has too few to validate."""
    try:
        classes = int(labels.max()) + 1
        rows, _ = stratified_split(labels, val_fraction, seed=0, classes=classes)
    except ParamError:
        return 0
    return len(rows)
