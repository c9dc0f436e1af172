"""An imported dataset as files: its writer and its reader. DVC tracks the folder, git the rest.

    data/local/NAME/{train,t10k}-{images-idx3,labels-idx1}-ubyte
    data/local/NAME/pictures.csv      where each picture went (listing.py)
    data/local/NAME/settings.json     what the next import takes when it is told nothing else
    data/local/NAME.dvc               names this version of the folder
    data/datasets/NAME.yaml           the catalogue's file (entry.py)

N images of H x W pixels, K classes.
"""

import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError

from stages.common.catalogue import IMPORTED
from stages.common.errors import DataError
from stages.common.files import read_bytes, write_bytes, write_json
from stages.common.idx import idx_bytes, parse_idx
from tools.import_images.entry import describe, entry_path, entry_text, read_entry
from tools.import_images.listing import Listed, read_list, write_list
from tools.import_images.pictures import Pictures

_FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}


@dataclass(frozen=True)
class Settings:
    """How pictures become a dataset."""

    height: int = 28
    width: int = 28
    test_share: float = 0.2  # where the folders give no split
    seed: int = 0
    validation: Literal["train", "test"] = "train"  # what a folder for validation belongs to


@dataclass(frozen=True)
class Version:
    """A version of a dataset."""

    settings: Settings
    images: np.ndarray  # [N, H, W] uint8, in the order of `listed`
    listed: list[Listed]  # [N], those for training before those for testing


def tracked_path(name: str) -> Path:
    """Return the path of the file by which DVC tracks a dataset."""
    return IMPORTED / f"{name}.dvc"


def read_version(name: str) -> Version | None:
    """Return the version of a dataset that was imported last; None when none is tracked.

    Raises:
        DataError: the dataset was not imported, or its files are not those of the catalogue, as
            after `git switch` alone, or in a clone that pulled nothing.
    """
    folder, entry = IMPORTED / name, read_entry(name)
    if not (entry and tracked_path(name).exists()):
        return None
    images = []
    for key, file in entry.files.items():
        path = folder / file.name
        content = path.read_bytes() if path.exists() else b""
        if not content or describe(file.name, content) != file:
            wrong = f"not the file of {entry_path(name)}, the last version, which keeps the split"
            advice = f"`dvc pull --force {tracked_path(name)}` brings it"
            raise DataError(f"{path}: {wrong}; {advice}")
        if key in ("train_images", "test_images"):
            images.append(parse_idx(content, ndim=3, name=str(path)))
    path = folder / "settings.json"
    try:
        settings = TypeAdapter(Settings).validate_json(read_bytes(path))
    except ValidationError as problem:
        raise DataError(f"{path}: not the settings of an import") from problem
    return Version(settings, np.concatenate(images), read_list(folder / "pictures.csv"))


def write_dataset(
    name: str,
    settings: Settings,
    pictures: Pictures,
    in_test: np.ndarray,
    listed: list[Listed],
    *,
    force: bool,
) -> None:
    """Write the files of a dataset, and let DVC track them.

    Args:
        name: of the dataset.
        settings: what it was made with.
        pictures: N of them.
        in_test: [N] bool, whether each is for testing.
        listed: the pictures as pictures.csv has them.
        force: replace a dataset of the same name that has other content.

    Raises:
        DataError: there is such a dataset and `force` is off, or DVC fails.
    """
    folder, path, known = IMPORTED / name, entry_path(name), read_entry(name)
    contents = {
        f"{split}_{kind}": idx_bytes(values[in_test == (split == "test")])
        for split in ("train", "test")
        for kind, values in (("images", pictures.images), ("labels", pictures.labels))
    }
    files = {key: describe(_FILES[key], content) for key, content in contents.items()}
    text = entry_text(name, pictures.classes, files)
    same = known and (known.files, known.classes) == (files, list(pictures.classes))
    if known and not same and not force:
        advice = "`make import FORCE=1 ...`, or --force, replaces it"
        raise DataError(f"{path}: a dataset of this name has other content; {advice}")
    for key, content in contents.items():
        write_bytes(folder / _FILES[key], content)
    write_list(folder / "pictures.csv", listed, pictures.left_out)
    write_json(folder / "settings.json", asdict(settings))
    write_bytes(path, text.encode())


def track(name: str) -> None:
    """Let DVC track the folder of a dataset; raise DataError when it does not."""
    command = [sys.executable, "-m", "dvc", "add", "--quiet", str(IMPORTED / name)]
    if subprocess.run(command, check=False).returncode:
        raise DataError(
            f"{IMPORTED / name}: `dvc add` failed (see above); fix that, and import again"
        )
