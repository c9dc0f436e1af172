"""Tests of stages/download.py: what it makes of a file's bytes, and which source it turns to."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from stages.common.catalogue import CatalogueEntry, CatalogueFile, Source
from stages.common.errors import SourceError
from stages.download import RAW_NAMES, download, main
from tests.support.fetching import BODY, GZ, assert_refused, fetch_file, flip_bit, generate
from tests.support.project import write_params
from tests.support.server import Answer, serving
from tests.support.synthetic import NAMES, idx_files, write_catalogue, write_source

FILES = idx_files(train=9, test=6)


def test_gzip_of_several_members_is_read(target: Path) -> None:
    """A gzip file may be several ones, one after the other, and arrive byte by byte."""
    packed = gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]) + gzip.compress(b"")
    single_bytes = [packed[i : i + 1] for i in range(len(packed))]
    assert fetch_file(lambda name: generate(single_bytes), target) == BODY


EXPECTED = f"the catalogue says {len(BODY)}"
MORE = f"more than {len(BODY)} bytes"
WRONG: dict[str, tuple[bytes, str]] = {  # what a source has, and the reason given
    "web page after line breaks": (b"\r\n\r\n <html>Sign in</html>", "a web page instead"),
    "compressed web page": (gzip.compress(b"<html>Sign in</html>"), "a web page instead"),
    "gzip of nothing": (gzip.compress(b""), f"0 bytes; {EXPECTED}"),
    "truncated to 1 byte": (GZ[:1], f"1 bytes; {EXPECTED}"),
    "truncated to the magic number": (GZ[:2], "truncated"),
    "truncated in the middle": (GZ[: len(GZ) // 2], "truncated"),
    "truncated by a byte": (GZ[:-1], "truncated"),
    "truncated plain": (BODY[:-1], f"{len(BODY) - 1} bytes; {EXPECTED}"),
    "bit flipped in the magic number": (flip_bit(GZ, 1), MORE),
    "bit flipped in the middle": (flip_bit(GZ, len(GZ) // 2), "damaged gzip data .*data check"),
    "bit flipped in the length": (flip_bit(GZ, len(GZ) - 2), "damaged gzip data .*length check"),
    "bit flipped in a plain file": (
        flip_bit(BODY, 1000),
        "SHA-256 [0-9a-f]{64}; the catalogue says [0-9a-f]{64}$",
    ),
    "another file of the same size": (gzip.compress(bytes(len(BODY))), "SHA-256"),
    "a larger file": (gzip.compress(BODY + b"\0"), MORE),
    "gzip bomb": (gzip.compress(bytes(50_000_000)), MORE),
    "gzip in gzip": (gzip.compress(GZ), MORE),
    "zeros after the gzip data": (GZ + bytes(512), "bytes follow the gzip data"),
    "half a member after the gzip data": (GZ + GZ[:1], "truncated"),
}


@pytest.mark.parametrize(("content", "reason"), WRONG.values(), ids=WRONG.keys())
def test_wrong_bytes_are_refused_in_one_line(content: bytes, reason: str, target: Path) -> None:
    """Whatever a source has, the refusal names the file and the reason, and nothing is written."""
    assert_refused(lambda name: generate([content]), target, reason)


def entry(*where: str) -> CatalogueEntry:
    """Return the catalogue entry of FILES with these sources: base URLs and directories."""
    files = {
        key: CatalogueFile(
            name=NAMES[key], bytes=len(body), sha256=hashlib.sha256(body).hexdigest()
        )
        for key, body in FILES.items()
    }
    sources = [
        Source(url=place) if place.startswith("http") else Source(directory=place)
        for place in where
    ]
    return CatalogueEntry(title="Shapes", classes=["a", "b", "c"], files=files, sources=sources)


def compressed(*keys: str) -> dict[str, Answer | bytes]:
    """Return the answers of a server that has some of FILES, compressed."""
    return {f"{NAMES[key]}.gz": gzip.compress(FILES[key]) for key in keys}


def assert_complete(folder: Path) -> None:
    """Fail unless `folder` holds FILES and nothing else."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert found == {RAW_NAMES[key]: FILES[key] for key in FILES}


def test_the_next_source_goes_on_where_the_first_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the first source had is kept; the next is asked for the rest; the fault is one line."""
    answers = compressed("train_images", "train_labels")
    answers[f"{NAMES['test_images']}.gz"] = b"<html>"
    with (
        serving(answers) as first,
        serving(compressed(*FILES)) as second,
        serving(compressed(*FILES)) as third,
    ):
        download("shapes", entry(first.url, second.url, third.url), tmp_path / "raw")
        assert second.asked == [f"/data/{NAMES[key]}.gz" for key in ("test_images", "test_labels")]
        assert third.asked == []
    assert_complete(tmp_path / "raw")
    printed = capsys.readouterr()
    reason = f"{NAMES['test_images']}: a web page instead of the file"
    assert printed.err == f"download: {first.host}: {reason}\n"
    assert printed.out == f"shapes: 4 files, verified, from {second.host}\n"


@pytest.mark.parametrize("compress", [True, False])
def test_the_given_source_is_tried_first(compress: bool, tmp_path: Path) -> None:
    """DATASET_SOURCE, a directory or a base URL, comes before the catalogue's sources."""
    write_source(tmp_path / "given", FILES, compress=compress)
    with serving(compressed(*FILES)) as listed, serving(compressed(*FILES)) as server:
        download("shapes", entry(listed.url), tmp_path / "a", str(tmp_path / "given"))
        download("shapes", entry(listed.url), tmp_path / "b", server.url.replace("http", "HTTP"))
        assert (len(listed.asked), len(server.asked)) == (0, 4)
    assert_complete(tmp_path / "a")
    assert_complete(tmp_path / "b")


def test_when_all_sources_fail_each_is_a_short_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message names each source once, why it failed and what to do, without passwords."""
    unknown = "https://a-name-that-nobody-has.invalid/some/where"
    with serving({}) as empty:
        secret = empty.url.replace("//", "//me:secret@")
        with pytest.raises(SourceError) as caught:
            download("shapes", entry(unknown, "nowhere"), tmp_path / "raw", secret)
    assert str(caught.value) == (
        "no source of shapes worked:\n"
        f"  - {empty.host}: {NAMES['train_images']}: HTTP status 404\n"
        f"  - a-name-that-nobody-has.invalid: {NAMES['train_images']}: cannot resolve the name\n"
        "  - nowhere: there is no such directory\n"
        "Fix one of them, or set DATASET_SOURCE to a directory or base URL with the files, and run "
        "again.\nFiles of an earlier run come from DVC's cache or remote: "
        "`dvc get . data/raw -o /tmp/raw`, then DATASET_SOURCE=/tmp/raw."
    )
    assert capsys.readouterr() == ("", "")


def test_without_any_source_the_message_says_so(tmp_path: Path) -> None:
    """An entry without sources asks for DATASET_SOURCE."""
    with pytest.raises(
        SourceError, match=r"worked: the catalogue names none\nFix .*DATASET_SOURCE"
    ):
        download("shapes", entry(), tmp_path / "raw")


def test_a_fault_of_the_local_disk_is_not_the_source_s(tmp_path: Path) -> None:
    """When the target cannot be written, no other source is tried: the error says where."""
    write_source(tmp_path / "source", FILES)
    (tmp_path / "raw" / RAW_NAMES["train_images"]).mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        download("shapes", entry(str(tmp_path / "source"), "nowhere"), tmp_path / "raw")
    assert [path.name for path in (tmp_path / "raw").iterdir()] == [RAW_NAMES["train_images"]]


def test_the_metrics_list_the_files(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """metrics/download.json has no scalar, and gives name, size and digest of each file."""
    write_source(here / "source", FILES)
    write_catalogue(here / "data/datasets/shapes.yaml", FILES)
    write_params(here)
    monkeypatch.setenv("DATASET_SOURCE", str(here / "source"))
    main()
    files = [
        {"name": RAW_NAMES[key], "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        for key, body in FILES.items()
    ]
    assert json.loads((here / "metrics/download.json").read_bytes()) == {"files": files}
