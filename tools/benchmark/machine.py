"""What the benchmark ran on."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

PACKAGES = ("mxnet", "numpy", "dvc", "matplotlib")
PEERS = ("numpy", "torch", "jax", "scikit-learn")
_VERSIONS = """
import importlib.metadata, sys
for name in sys.argv[1:]:
    try:
        print(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        print(name, "not installed")
"""


def describe(peers_python: Path) -> dict[str, str]:
    """Return the machine and the versions, by what they are called."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    described = {
        "CPU": f"{cpu()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }
    described["packages"] = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in PACKAGES
    )
    if peers_python.exists():
        command = [str(peers_python), "-c", _VERSIONS, *PEERS]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        described["peers' packages"] = ", ".join(listed.splitlines())
    return described


def cpu() -> str:
    """Return what the CPU calls itself; a virtual machine may hide the model, so family and model are added."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    fields = dict(
        line.split(":", 1) for line in info.read_text().split("\n\n")[0].splitlines() if ":" in line
    )
    named = {key.strip(): value.strip() for key, value in fields.items()}
    return f"{named.get('model name', platform.machine())} (family {named.get('cpu family')}, model {named.get('model')})"
