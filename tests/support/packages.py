"""Tiny packages and locks of them, made on the spot: what a set-up installs in the tests.

This module is also a build backend (PEP 517): a wheel of it builds the source distributions.
"""

import hashlib
import io
import os
import tarfile
import time
import zipfile
from pathlib import Path


def build_wheel(folder: str, *_settings: object) -> str:
    """Build the package whose source is the working directory.

    With HOLD=path the backend writes path.begun and waits until the path exists.
    """
    hold = os.environ.get("HOLD")
    if hold:
        Path(f"{hold}.begun").touch()
    while hold and not Path(hold).exists():
        time.sleep(0.02)
    return write_wheel(Path(folder), Path("NAME").read_text(encoding="utf-8")).name


def write_wheel(
    folder: Path, name: str, *, version: str = "1.0", command: str = "", module: str = ""
) -> Path:
    """Write a wheel with one module and, if its text is given, a command of the same name."""
    info = f"{name}-{version}.dist-info"
    if name == "backend":
        module = Path(__file__).read_text(encoding="utf-8")
    files = {
        f"{name}.py": module,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if command:
        files[f"{name}-{version}.data/scripts/{name}"] = command
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16  # or pip makes no command of it
            archive.writestr(entry, text)
    return wheel


def write_source(folder: Path, name: str) -> Path:
    """Write a source distribution that the backend builds."""
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["backend"]\nbuild-backend = "backend"\n',
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "NAME": name,
    }
    path = folder / f"{name}-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{file}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def lock_of(*packages: Path) -> str:
    """Return a lock that names packages by version and hash."""
    entries = []
    for path in packages:
        name, version = path.name.removesuffix(".tar.gz").split("-")[:2]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entries.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n")
    return "".join(entries)
