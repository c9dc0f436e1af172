"""Stage download: the four IDX files of a dataset, verified, from the first source that works.

The decompressed bytes are verified and stored: mirrors compress them anew, so that the digests
of their .gz files differ. No source can make the stage write more than a byte over the
catalogue's size.
"""

import hashlib
import os
import sys
from contextlib import AbstractContextManager, closing
from pathlib import Path

from tqdm import tqdm

from stages.common.catalogue import IMPORTED, CatalogueEntry, CatalogueFile, Source, load_entry
from stages.common.errors import SourceError, run_stage
from stages.common.files import replacing, write_metrics
from stages.common.params import load_params
from stages.common.sources.debian import open_package
from stages.common.sources.directory import open_directory
from stages.common.sources.stream import Opener, decompress

RAW, METRICS = Path("data/raw"), Path("metrics/download.json")
# What the files are called in data/raw/, whatever the catalogue calls them.
RAW_NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}


def fetch(file: CatalogueFile, open_file: Opener, target: Path, bar: tqdm) -> None:
    """Write a file of a source to `target`, decompressed, if its size and digest are right.

    Raises:
        SourceError: they are not, or the source fails; `target` is untouched.
    """
    digest, size = hashlib.sha256(), 0
    before = bar.n
    try:
        with closing(open_file(file.name)) as chunks, replacing(target) as out:
            for data in decompress(chunks, file.bytes):
                if not size and data.lstrip()[:1] == b"<":
                    raise SourceError("a web page instead of the file")
                digest.update(data)
                size += len(data)
                out.write(data)
                bar.update(len(data))
            if size != file.bytes:
                found = f"more than {file.bytes}" if size > file.bytes else str(size)
                raise SourceError(f"{found} bytes; the catalogue says {file.bytes}")
            if digest.hexdigest() != file.sha256:
                raise SourceError(f"SHA-256 {digest.hexdigest()}; the catalogue says {file.sha256}")
    except SourceError as error:
        bar.update(before - bar.n)
        raise SourceError(f"{file.name}: {error}") from error


def open_source(source: Source) -> AbstractContextManager[Opener]:
    """Return the context manager that gives the opener of a source's files."""
    if source.url:
        # Loading requests takes as long as copying the files from a directory.
        from stages.common.sources.web import open_url  # noqa: PLC0415

        return open_url(source.url)
    if source.debian:
        return open_package(source.debian, str(source.directory))
    return open_directory(Path(str(source.directory)))


def download(dataset: str, entry: CatalogueEntry, folder: Path, given: str | None = None) -> None:
    """Write the four files of a dataset into `folder`; what one source lacks, the next may have.

    Args:
        dataset: its name, for messages.
        entry: its catalogue entry.
        folder: where to write.
        given: a directory or base URL to try first.

    Raises:
        SourceError: no source works; the text lists each with its reason, and what to do.
    """
    sources = list(entry.sources)
    if given:
        is_url = given.lower().startswith(("http://", "https://"))
        sources.insert(0, Source(url=given) if is_url else Source(directory=given))

    pending = dict(entry.files)
    failures = []
    total = sum(file.bytes for file in entry.files.values())
    with tqdm(total=total, unit="B", unit_scale=True, disable=None, leave=False) as bar:
        for source in sources:
            bar.set_description(source.name)
            try:
                with open_source(source) as open_file:
                    for key in list(pending):
                        fetch(pending[key], open_file, folder / RAW_NAMES[key], bar)
                        del pending[key]
                break
            except SourceError as error:
                failures.append(f"{source.name}: {error}")
    if pending:
        raise SourceError(_advise(dataset, entry, failures))
    for failure in failures:
        print(f"download: {failure}", file=sys.stderr)
    print(f"{dataset}: {len(entry.files)} files, verified, from {source.name}")


def _advise(dataset: str, entry: CatalogueEntry, failures: list[str]) -> str:
    listed = "".join(f"\n  - {failure}" for failure in failures) or " the catalogue names none"
    packages = [source.debian for source in entry.sources if source.debian]
    install = f", or install the package {packages[0]} (Debian, Ubuntu)" if packages else ""
    # DVC has deleted data/raw, and runs this stage again even when `dvc pull` brings that back.
    earlier = (
        "Files of an earlier run come from DVC's cache or remote: "
        "`dvc get . data/raw -o /tmp/raw`, then DATASET_SOURCE=/tmp/raw."
    )
    tracked = IMPORTED / f"{dataset}.dvc"
    if tracked.exists():
        earlier = f"`dvc pull {tracked}` brings the files that were imported, or says why not."
    return (
        f"no source of {dataset} worked:{listed}\n"
        f"Fix one of them{install}, or set DATASET_SOURCE to a directory or base URL with the "
        f"files, and run again.\n{earlier}"
    )


def main() -> None:
    """Download the dataset of params.yaml into data/raw/ and write metrics/download.json."""
    dataset = load_params().dataset
    entry = load_entry(dataset)
    download(dataset, entry, RAW, os.environ.get("DATASET_SOURCE"))
    files = [
        {"name": RAW_NAMES[key], "bytes": file.bytes, "sha256": file.sha256}
        for key, file in entry.files.items()
    ]
    write_metrics(METRICS, {"files": files})


if __name__ == "__main__":
    run_stage("download", main)
