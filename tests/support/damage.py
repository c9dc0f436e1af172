"""Ways in which a .npy file can be damaged behind DVC's back, each with what the error must say."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

Damage = Callable[[Path], None]


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _replace_by_page(path: Path) -> None:
    path.write_text("<html></html>", encoding="utf-8")


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _cut_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def _replace_by_archive(path: Path) -> None:
    packed = io.BytesIO()
    np.savez(packed, values=np.load(path))
    path.write_bytes(packed.getvalue())


def _replace_by_damaged_archive(path: Path) -> None:
    _replace_by_archive(path)
    path.write_bytes(path.read_bytes()[:60])


def _pickle(path: Path) -> None:
    values = np.array([None, *np.load(path).ravel().tolist()], object)
    np.save(path, values, allow_pickle=True)


def _widen(path: Path) -> None:
    np.save(path, np.load(path).astype(np.float64))


def _swap_bytes(path: Path) -> None:
    values = np.load(path)
    np.save(
        path, values.astype(">u2" if values.dtype == np.uint8 else values.dtype.newbyteorder(">"))
    )


def _add_axis(path: Path) -> None:
    np.save(path, np.load(path)[np.newaxis])


def _drop_last(path: Path) -> None:
    np.save(path, np.load(path)[..., :-1])


ARRAY_DAMAGES: dict[str, tuple[Damage, str]] = {
    "missing": (Path.unlink, "there is no such file; `dvc repro` or `dvc checkout` restores it"),
    "empty": (_empty, "not a whole .npy file"),
    "a web page": (_replace_by_page, "not a whole .npy file"),
    "truncated": (_truncate, "not a whole .npy file"),
    "cut in the header": (_cut_header, "not a whole .npy file"),
    "extra bytes": (_append, "bytes follow the array"),
    "an archive": (_replace_by_archive, "not a whole .npy file"),
    "a damaged archive": (_replace_by_damaged_archive, "not a whole .npy file"),
    "pickled objects": (_pickle, "not a whole .npy file"),
    "float64": (_widen, "float64 .*; it must be "),
    "big-endian": (_swap_bytes, "; it must be "),
    "another axis": (_add_axis, "; it must be "),
    "one short": (_drop_last, "; it must be "),
}
