"""Stage download: the four IDX files of a dataset, verified, from the first source that works.

What is checked and stored is the decompressed bytes: mirrors compress them anew, so that the digests
of their .gz files differ. No source can make the stage write more than the catalogue's size and a byte.
"""

import hashlib
import itertools
import os
import sys
import zlib
from pathlib import Path

from tqdm import tqdm

from stages.common.errors import SourceError, run_stage
from stages.common.files import replacing, write_metrics
from stages.common.params import load_params
from stages.common.sources.catalogue import (
    CatalogueEntry,
    CatalogueFile,
    Source,
    load_entry,
)
from stages.common.sources.opening import Chunks, Opener, label, opened_source

RAW, METRICS = Path("data/raw"), Path("metrics/download.json")
# What the files are called in data/raw/, whatever the catalogue calls them.
RAW_NAMES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}

_GZIP_MAGIC = b"\x1f\x8b"
_INFLATED = 1 << 20  # bytes decompressed at a time
_GZIP_WBITS = 16 + zlib.MAX_WBITS  # a gzip header and checksum around the deflated data


def decompressed(chunks: Chunks, size: int) -> Chunks:
    """Yield a file's bytes, decompressed when it is gzip; never more than `size` + 1, whatever is sent.

    Raises:
        SourceError: the gzip data are damaged, cut short, or followed by something else.
    """
    # Deflate adds 5 bytes to a block of 16 KiB that it cannot compress; no honest file is longer than this.
    chunks = _at_most(chunks, size + size // 1000 + 65536)
    start = b""
    while len(start) < 2 and (chunk := next(chunks, b"")):
        start += chunk
    whole = itertools.chain([start], chunks)
    room = size + 1
    for data in _inflated(whole) if start.startswith(_GZIP_MAGIC) else whole:
        yield data[:room]
        room -= min(room, len(data))
        if not room:
            return


def _inflated(chunks: Chunks) -> Chunks:
    """Yield gzip data decompressed, at most _INFLATED bytes at a time."""
    inflater = zlib.decompressobj(wbits=_GZIP_WBITS)
    for chunk in chunks:
        pending = chunk
        while pending:  # what zlib may hold back comes with the next bytes: the checksum at least is still to come
            if inflater.eof:  # gzip files may have several members, one after the other
                if not pending.startswith(_GZIP_MAGIC[:1]):
                    raise SourceError("bytes follow the gzip data")
                inflater = zlib.decompressobj(wbits=_GZIP_WBITS)
            try:
                yield inflater.decompress(pending, _INFLATED)
            except zlib.error as error:
                raise SourceError(f"damaged gzip data ({error})") from error
            pending = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof:
        raise SourceError("truncated: the gzip data end early")


def _at_most(chunks: Chunks, limit: int) -> Chunks:
    for chunk in chunks:
        limit -= len(chunk)
        if limit < 0:
            raise SourceError("sends more than the file can be")
        yield chunk


def fetch(file: CatalogueFile, open_file: Opener, target: Path, bar: tqdm) -> None:
    """Write a file of a source to `target`, decompressed, if its size and digest are the catalogue's.

    Raises:
        SourceError: they are not, or the source fails; `target` is untouched.
    """
    digest, size = hashlib.sha256(), 0
    before = bar.n
    try:
        with open_file(file.name) as chunks, replacing(target) as out:
            for data in decompressed(chunks, file.bytes):
                if not size and data.lstrip()[:1] == b"<":
                    raise SourceError("a web page came instead of the file")
                digest.update(data)
                size += len(data)
                out.write(data)
                bar.update(len(data))
            if size != file.bytes:
                found = f"more than {file.bytes}" if size > file.bytes else str(size)
                raise SourceError(f"{found} bytes came; the catalogue says {file.bytes}")
            if digest.hexdigest() != file.sha256:
                raise SourceError(
                    f"SHA-256 is {digest.hexdigest()}; the catalogue says {file.sha256}"
                )
    except SourceError as error:
        bar.update(before - bar.n)
        raise SourceError(f"{file.name}: {error}") from error


def download(dataset: str, entry: CatalogueEntry, folder: Path, given: str | None = None) -> None:
    """Write the four files of a dataset into `folder`.

    Args:
        dataset: its name, for messages.
        entry: its catalogue entry.
        folder: where to write.
        given: a directory or base URL to try first.

    Raises:
        SourceError: no source works; the text lists each with its reason, and what to do.
    """
    pending = dict(entry.files)
    sources = list(entry.sources)
    if given:
        is_url = given.lower().startswith(("http://", "https://"))
        sources.insert(0, Source(url=given) if is_url else Source(directory=given))
    reasons = []
    with tqdm(
        total=sum(file.bytes for file in pending.values()),
        unit="B",
        unit_scale=True,
        disable=None,
        leave=False,
    ) as bar:
        for source in sources:
            bar.set_description(label(source))
            try:
                with opened_source(source) as open_file:
                    for key, file in entry.files.items():
                        if key in pending:
                            fetch(file, open_file, folder / RAW_NAMES[key], bar)
                            del pending[key]
            except SourceError as error:
                reasons.append(f"{label(source)}: {error}")
                tqdm.write(f"download: {reasons[-1]}", file=sys.stderr)
            if not pending:
                tqdm.write(f"{dataset}: {len(entry.files)} files, verified, from {label(source)}")
                return
    packages = [source.debian for source in entry.sources if source.debian]
    install = f", or install the package {packages[0]} (Debian, Ubuntu)" if packages else ""
    listed = "".join(f"\n  - {reason}" for reason in reasons) or " none is named"
    raise SourceError(
        f"no source of {dataset} worked:{listed}\nMend one of them, or set DATASET_SOURCE to a directory "
        f"or base URL that holds the four files{install}, and run again."
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
    write_metrics(
        METRICS,
        {"download_bytes": sum(file.bytes for file in entry.files.values()), "files": files},
    )


if __name__ == "__main__":
    run_stage("download", main)
