"""Tests of stages/download.py: what it makes of the bytes, and which source it turns to."""

import gzip
import hashlib
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stages.common.sources.catalogue import CatalogueEntry, CatalogueFile, Source

from stages.common.errors import SourceError
from stages.common.sources import opening as sources
from stages.download import RAW_NAMES, decompressed, download
from tests.support.fetching import flipped
from tests.support.server import Answer, dripping, serving
from tests.support.synthetic import NAMES, idx_files, write_source

GZIP = gzip.compress(
    b"The quick brown fox jumps over the lazy dog, and over the quick brown dog", mtime=0
)


@settings(deadline=None)
@given(
    data=st.binary(max_size=400),
    repeat=st.sampled_from([1, 3, 1 << 13]),
    cut=st.integers(1, 5000),
    members=st.integers(1, 3),
)
@example(
    data=bytes(1 << 8), repeat=1 << 13, cut=5000, members=1
)  # exactly two MiB, which arrive in one chunk
def test_decompressing_gives_what_gzip_gives(
    data: bytes, repeat: int, cut: int, members: int
) -> None:
    """Sound gzip data come out as Python's gzip module reads them, however they are cut into chunks."""
    packed = gzip.compress(data * repeat) * members
    chunks = (packed[i : i + cut] for i in range(0, len(packed), cut))
    whole = data * repeat * members
    assert b"".join(decompressed(chunks, len(whole))) == whole == gzip.decompress(packed)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=99).map(lambda junk: GZIP[:10] + junk),
        st.integers(0, len(GZIP) - 1).map(lambda at: flipped(GZIP, at)),
    ),
    st.integers(1, 300),
)
def test_any_bytes_are_decompressed_or_refused(content: bytes, size: int) -> None:
    """Whatever comes, no more than the file's size and a byte comes out, or a SourceError."""
    out = None
    with suppress(SourceError):
        out = b"".join(decompressed(iter([content]), size))
    if out is not None and len(out) <= size:
        assert out == (gzip.decompress(content) if content[:2] == GZIP[:2] else content)
    assert out is None or len(out) <= size + 1


def test_a_gzip_bomb_takes_little_memory() -> None:
    """A gigabyte of zeros in a megabyte is given up at the file's size, in a few MiB of memory."""
    zeros = gzip.compress(bytes(16 << 20))
    bomb = zeros * 64  # members one after the other
    tracemalloc.start()
    try:
        total = sum(
            map(
                len,
                decompressed((bomb[i : i + 65536] for i in range(0, len(bomb), 65536)), 10 << 20),
            )
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == (10 << 20) + 1
    assert peak < 8 << 20


FILES = idx_files(train=9, test=6)


def entry(*where: str) -> CatalogueEntry:
    """Return the catalogue entry of FILES with these sources: base URLs and directories."""
    files = {
        key: CatalogueFile(
            name=NAMES[key], bytes=len(body), sha256=hashlib.sha256(body).hexdigest()
        )
        for key, body in FILES.items()
    }
    listed = [
        Source(url=place) if place.startswith("http") else Source(directory=place)
        for place in where
    ]
    return CatalogueEntry(title="Shapes", classes=["a", "b", "c"], files=files, sources=listed)


def served(*keys: str) -> dict[str, Answer | bytes]:
    """Return the answers of a server that has some of FILES, compressed."""
    return {f"{NAMES[key]}.gz": gzip.compress(FILES[key]) for key in keys}


def assert_complete(folder: Path) -> None:
    """Fail unless `folder` holds FILES and nothing else."""
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        RAW_NAMES[key]: FILES[key] for key in FILES
    }


def test_the_next_source_goes_on_where_the_first_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the first source gave whole is kept; the next is asked for the rest only, and the fault is one line."""
    answers = served("train_images", "train_labels") | {f"{NAMES['test_images']}.gz": b"<html>"}
    with (
        serving(answers) as first,
        serving(served(*FILES)) as second,
        serving(served(*FILES)) as third,
    ):
        download("shapes", entry(first.url, second.url, third.url), tmp_path / "raw")
        assert second.asked == [f"/data/{NAMES[key]}.gz" for key in ("test_images", "test_labels")]
        assert third.asked == []
    assert_complete(tmp_path / "raw")
    printed = capsys.readouterr()
    assert (
        printed.err
        == f"download: {first.url}: {NAMES['test_images']}: a web page came instead of the file\n"
    )
    assert printed.out == f"shapes: 4 files, verified, from {second.url}\n"


@pytest.mark.parametrize("compress", [True, False])
def test_the_source_given_is_tried_first(compress: bool, tmp_path: Path) -> None:
    """DATASET_SOURCE, a directory or a base URL, comes before the catalogue's sources."""
    write_source(tmp_path / "given", FILES, compress=compress)
    with serving(served(*FILES)) as listed, serving(served(*FILES)) as server:
        download("shapes", entry(listed.url), tmp_path / "a", str(tmp_path / "given"))
        download("shapes", entry(listed.url), tmp_path / "b", server.url.replace("http", "HTTP"))
        assert (len(listed.asked), len(server.asked)) == (0, 4)
    assert_complete(tmp_path / "a")
    assert_complete(tmp_path / "b")


def test_when_all_sources_fail_each_is_listed_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message names every source, why it failed and what to do; a password in a URL is not shown."""
    monkeypatch.setattr(sources, "STALL_SECONDS", 0.6)
    slow = {f"{NAMES['train_images']}.gz": dripping(b"", b"H")}
    with serving({}) as empty, serving(slow) as server:
        secret = empty.url.replace("//", "//me:secret@")
        with pytest.raises(SourceError) as caught:
            download("shapes", entry(server.url, "nowhere"), tmp_path / "raw", secret)
    name = NAMES["train_images"]
    assert str(caught.value).splitlines() == [
        "no source of shapes worked:",
        f"  - {empty.url}: {name}: HTTP status 404",
        f"  - {server.url}: {name}: stalled: less than 30720 bytes in 0.6 s",
        "  - nowhere: there is no such directory",
        "Mend one of them, or set DATASET_SOURCE to a directory or base URL that holds the four files, and run again.",
    ]


def test_without_any_source_the_message_says_so(tmp_path: Path) -> None:
    """A catalogue entry without sources asks for DATASET_SOURCE, and names the Debian package where there is one."""
    with pytest.raises(
        SourceError,
        match=r"no source of shapes worked: none is named\nMend one of them, or set DATASET_SOURCE",
    ):
        download("shapes", entry(), tmp_path / "raw")


def test_a_fault_of_our_own_disk_is_not_the_source_s(tmp_path: Path) -> None:
    """When the target cannot be written, no other source is tried: the error says where."""
    write_source(tmp_path / "source", FILES)
    (tmp_path / "raw" / RAW_NAMES["train_images"]).mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        download("shapes", entry(str(tmp_path / "source"), "nowhere"), tmp_path / "raw")
    assert [path.name for path in (tmp_path / "raw").iterdir()] == [RAW_NAMES["train_images"]]
