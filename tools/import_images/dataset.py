"""Imported pictures as a dataset: IDX files, a list of the pictures, and the catalogue's file.

    data/local/NAME/{train,t10k}-{images-idx3,labels-idx1}-ubyte
    data/local/NAME/pictures.csv      each picture's class, its split, and its row in the IDX file
    data/datasets/NAME.yaml           the catalogue's file

N images of H x W pixels, K classes.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.common.catalogue import CATALOGUE, CatalogueEntry, parse_entry
from stages.common.errors import DataError
from stages.common.files import write_bytes, write_csv
from stages.common.idx import idx_bytes
from stages.common.strict_yaml import parse_yaml, read_yaml
from tools.import_images.folders import Pictures
from tools.pictures.names import shown

LOCAL = Path("data/local")
COLUMNS = ("picture", "class", "split", "row", "near_duplicate_of", "unreadable_because")


@dataclass(frozen=True)
class Rows:
    """Which pictures are for training and which for testing."""

    train: np.ndarray  # [N] integers, sorted
    test: np.ndarray  # [M] integers, sorted


def draw_test(labels: np.ndarray, share: float, *, seed: int) -> Rows:
    """Draw the same share of each class for testing: at least one picture, and not all."""
    random = np.random.default_rng(seed)
    in_test = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        count = min(max(1, round(share * len(rows))), len(rows) - 1)
        in_test[random.permutation(rows)[:count]] = True
    return Rows(np.flatnonzero(~in_test), np.flatnonzero(in_test))


def entry_path(name: str) -> Path:
    """Return where the catalogue's file of a dataset lies."""
    return CATALOGUE / f"{name}.yaml"


def refuse_foreign(name: str) -> None:
    """Raise DataError when `name` is a dataset of the catalogue that was not imported."""
    path = entry_path(name)
    known = _known(name)
    if known and [source.directory for source in known.sources] != [str(LOCAL / name)]:
        raise DataError(f"{path}: this dataset was not imported; take another name")


def _known(name: str) -> CatalogueEntry | None:
    path = entry_path(name)
    return parse_entry(read_yaml(path, DataError), str(path)) if path.exists() else None


def write_dataset(
    name: str, pictures: Pictures, rows: Rows, twins: dict[int, int], *, force: bool
) -> Path:
    """Write a dataset and its catalogue's file; return the folder of its IDX files.

    Args:
        name: of the dataset.
        pictures: N of them.
        rows: of the pictures for training and testing.
        twins: rows of test pictures, and of the training pictures that they are near to.
        force: replace a dataset of the same name that has other content.

    Raises:
        DataError: there is such a dataset and `force` is off, or a class name is not allowed.
    """
    folder, path = LOCAL / name, entry_path(name)
    files = _idx_files(pictures, rows)
    text = _entry_text(name, pictures, files)
    entry = parse_entry(parse_yaml(text, str(path), DataError), str(path))
    known = _known(name)
    same = known and (known.classes, known.files) == (entry.classes, entry.files)
    if known and not same and not force:
        raise DataError(f"{path}: a dataset of this name has other content; --force replaces it")
    for file, content in files.values():
        write_bytes(folder / file, content)
    _write_list(folder / "pictures.csv", pictures, rows, twins)
    if not same:  # people may have edited its title and sources
        write_bytes(path, text)
    return folder


def _idx_files(pictures: Pictures, rows: Rows) -> dict[str, tuple[str, bytes]]:
    """Return the name and the content of each IDX file, by its key in the catalogue."""
    return {
        "train_images": ("train-images-idx3-ubyte", idx_bytes(pictures.images[rows.train])),
        "train_labels": ("train-labels-idx1-ubyte", idx_bytes(pictures.labels[rows.train])),
        "test_images": ("t10k-images-idx3-ubyte", idx_bytes(pictures.images[rows.test])),
        "test_labels": ("t10k-labels-idx1-ubyte", idx_bytes(pictures.labels[rows.test])),
    }


def _entry_text(name: str, pictures: Pictures, files: dict[str, tuple[str, bytes]]) -> bytes:
    """Return the catalogue's file. Class names are quoted: a plain 08 is a number."""
    lines = [
        f"title: Pictures of {len(pictures.classes)} classes, imported",
        "steps: whole",
        f"classes: {json.dumps(pictures.classes, ensure_ascii=False)}",
        "files:",
    ]
    for key, (file, content) in files.items():
        lines += [f"  {key}:", f"    name: {file}", f"    bytes: {len(content)}"]
        lines += [f'    sha256: "{hashlib.sha256(content).hexdigest()}"']
    lines += ["sources:", f"  - directory: {LOCAL / name}"]
    return ("\n".join(lines) + "\n").encode(errors="backslashreplace")


def _write_list(path: Path, pictures: Pictures, rows: Rows, twins: dict[int, int]) -> None:
    """Write where each picture went."""
    names = [shown(file) for file in pictures.files]
    cells: list[tuple[str | int, ...]] = []
    for split, members in (("train", rows.train), ("test", rows.test)):
        for row, picture in enumerate(members):
            label, twin = pictures.classes[pictures.labels[picture]], twins.get(int(picture))
            near = "" if twin is None else names[twin]
            cells.append((names[picture], label, split, row, near, ""))
    for file, why in pictures.unreadable.items():
        cells.append((shown(file), file.parts[0], "", "", "", why))
    write_csv(path, COLUMNS, cells)
