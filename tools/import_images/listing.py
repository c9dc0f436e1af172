"""pictures.csv: where each picture of a dataset went, and why others did not come in."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stages.common.errors import DataError
from stages.common.files import parse_csv, read_bytes, write_csv

COLUMNS = ("picture", "class", "split", "row", "digest", "near_duplicate_of", "left_out_because")


@dataclass(frozen=True)
class Listed:
    """A picture that became an image."""

    picture: str  # its path in the folder that was imported
    label: str  # the name of its class
    split: str  # "train" or "test"
    row: int  # in the split's IDX files
    digest: str  # of the image; also in plots/predictions.csv
    near: str  # the first of its near-duplicates; "" for that one, and where there are none


def name_of(path: Path) -> str:
    """Return a path as it is; bytes that are not UTF-8 are escaped, as no CSV could hold them."""
    return os.fsencode(path).decode(errors="backslashreplace")


def write_list(path: Path, listed: Iterable[Listed], left_out: Mapping[Path, str]) -> None:
    """Write the pictures of a dataset, and those that were left out with the reasons."""
    rows = [
        (each.picture, each.label, each.split, each.row, each.digest, each.near, "")
        for each in listed
    ]
    refused = [(name_of(file), "", "", "", "", "", why) for file, why in left_out.items()]
    write_csv(path, COLUMNS, [*rows, *refused])


def read_list(path: Path) -> list[Listed]:
    """Return the pictures of a dataset; raise DataError when `write_list` did not write this."""
    rows = parse_csv(read_bytes(path), str(path), COLUMNS)
    try:
        return [
            Listed(
                row["picture"],
                row["class"],
                row["split"],
                int(row["row"]),
                row["digest"],
                row["near_duplicate_of"],
            )
            for row in rows
            if not row["left_out_because"]
        ]
    except ValueError as problem:
        raise DataError(f"{path}: {problem}; `dvc checkout --force` restores it") from problem
