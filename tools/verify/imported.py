"""The source data of an imported dataset, which DVC tracks: from this clone, or from its remote.

`python -m tools.verify.imported` brings those of params.yaml's dataset into this clone.
"""

import logging
from pathlib import Path

from dvc.repo import Repo

from stages.common.catalogue import CatalogueEntry, load_entry
from stages.common.errors import DataError
from stages.common.params import load_params
from tools.command import run_tool

# What a workflow gets from the repository's secrets, by how the remote's address begins.
_SECRETS = {"s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"}


def bring_imported(folder: Path, entry: CatalogueEntry) -> None:
    """Bring the folders of `entry` that DVC tracks into a project, where they are not there.

    Args:
        folder: the project: the current folder or a clone of it. A clone gets a link to what the
            current folder has. The remote is the current folder's, with its credentials.
        entry: the catalogue's entry of a dataset.

    Raises:
        DataError: a folder is not here, and no remote gives it; one line.
    """
    for source in entry.sources:
        tracked = Path(f"{source.directory}.dvc")
        there = folder / str(source.directory)
        if source.debian or not (folder / tracked).is_file() or there.exists():
            continue
        if Path(str(source.directory)).is_dir():
            there.symlink_to(Path(str(source.directory)).resolve())
        else:
            _pull(folder, tracked)


def _pull(folder: Path, tracked: Path) -> None:
    with Repo() as here:
        remotes, name = here.config["remote"], here.config["core"].get("remote")
    missing = f"{tracked.with_suffix('')}: not in this clone"
    if name not in remotes:
        raise DataError(
            f"{missing}, and it names no DVC remote; `dvc remote add --default NAME URL` does"
        )
    settings = {"remote": remotes, "core": {"remote": name}}
    url = remotes[name]["url"]
    for logger in ("dvc", "dvc_data"):
        logging.getLogger(logger).setLevel(logging.ERROR)  # said below, in one line
    try:
        with Repo(str(folder), config=settings) as repo:
            repo.pull([str(folder / tracked)])
    # Each kind of remote raises errors of its own library.
    except Exception as problem:
        reason = (str(problem) or type(problem).__name__).splitlines()[0]
        secrets = _SECRETS.get(url.partition("://")[0])
        advice = f"; a workflow needs the secrets {secrets}" if secrets else ""
        raise DataError(
            f"{missing}, and the remote {name} ({url}) does not give it: {reason}{advice}"
        ) from problem


def main() -> None:
    """Bring what the pipeline of this clone reads; the workflows do so before `make repro`."""
    bring_imported(Path(), load_entry(load_params().dataset))


if __name__ == "__main__":
    run_tool("imported", main)
