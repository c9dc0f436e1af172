"""The one place that imports MXNet 1.9.1, with what it needs to run on numpy 1.26 and Python 3.12.

MXNet was retired in 2023, so these fixes will not come from upstream. Import this module only where
something is trained.

What decides the bits of a result is set here, whatever the environment says: Slurm, conda and many
images export OMP_NUM_THREADS. Variables that MXNet and its libraries read are removed, so that
none of them chooses other kernels, another engine or a role in a cluster.
"""

import contextlib
import ctypes
import functools
import importlib.util
import inspect
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from packaging.version import Version

_FOREIGN = ("MXNET_", "DMLC_", "DNNL_", "MKLDNN_", "ONEDNN_", "OMP_", "GOMP_", "KMP_")
for _name in [name for name in os.environ if name.startswith(_FOREIGN)]:
    del os.environ[_name]

# The products of a step, 256 x 784 x 10, are too small to share: two threads take 1.4 times as long
# as one (make benchmark), and sum in another order. One thread also leaves the other cores to other
# experiments.
os.environ["OMP_NUM_THREADS"] = "1"

# oneDNN sums in another order with AVX-512, so the last bits would depend on the CPU. With AVX2,
# which both kinds of CPU have, they give the same weights; an epoch takes 2% longer.
os.environ["DNNL_MAX_CPU_ISA"] = "AVX2"

# numpy 1.24 removed the alias that MXNet's mxnet/numpy/utils.py looks up (apache/mxnet#21165).
if "bool" not in vars(np):
    np.bool = np.bool_  # type: ignore[attr-defined]

# MXNet compares numpy's version with two classes of distutils. Python 3.12 lacks that package;
# elsewhere it may be setuptools' copy, which takes 40 ms to load.
_version = types.ModuleType("distutils.version")
_version.LooseVersion = _version.StrictVersion = Version  # type: ignore[attr-defined]
sys.modules.setdefault("distutils", types.ModuleType("distutils"))
sys.modules.setdefault("distutils.version", _version)


def _load_cuda_libraries() -> None:
    """Load the CUDA libraries that came with mxnet-cu112, which searches only the system for them.

    One may need others, and the names do not tell the order: retry until none loads.
    """
    nvidia = importlib.util.find_spec("nvidia")
    pending = [
        path
        for folder in (nvidia and nvidia.submodule_search_locations) or ()
        for path in Path(folder).glob("*/lib/*.so.*")
    ]
    before = None
    while pending and pending != before:
        before, pending = pending, [path for path in pending if not _loads(path)]


def _loads(path: Path) -> bool:
    try:
        ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _without(*modules: str) -> Iterator[None]:
    """Make the import of `modules` fail in the block, save those that are loaded already."""
    hidden = [name for name in modules if name not in sys.modules]
    # None is the import system's own sign for a module that does not exist.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _make_operators_late() -> None:
    """Let MXNet make each of its 2,500 operator functions at its first call.

    MXNet generates their source and compiles it while it is imported, which takes two thirds of the
    import; training calls about ten. Its own functions do the work, so the results are the same.
    Another version than 1.9.1 may differ inside, and is imported as it comes.
    """
    package = importlib.util.find_spec("mxnet")
    if not package:
        return
    # mxnet/__init__.py loads all of MXNet. An empty package in its place lets its base be loaded,
    # and changed, before the rest.
    bare = types.ModuleType("mxnet")
    bare.__path__ = list(package.submodule_search_locations or ())
    sys.modules["mxnet"] = bare
    try:
        from mxnet import base  # noqa: PLC0415
    finally:
        del sys.modules["mxnet"]
    if base.__version__ == "1.9.1":
        for name in ("_init_op_module", "_init_np_op_module"):
            setattr(base, name, _late(getattr(base, name)))


def _late(init_module: Callable[..., None]) -> Callable[..., None]:
    """Return MXNet's `init_module`, which gets a maker of functions that are made when called."""

    def make_later(make: Callable[..., Any], *given: Any) -> Callable[..., Any]:
        made: list[Callable[..., Any]] = []

        def operator(*args: Any, **kwargs: Any) -> Any:
            if not made:
                made.append(make(*given))
            return made[0](*args, **kwargs)

        operator.__name__, operator.__doc__ = given[-1], ""  # MXNet changes the text
        return operator

    def init(*args: Any, **named: Any) -> None:
        given = inspect.signature(init_module).bind(*args, **named).arguments
        given["make_op_func"] = functools.partial(make_later, given["make_op_func"])
        init_module(**given)

    return init


_load_cuda_libraries()
# MXNet imports these where they are installed, for parts that are not used here, and then takes
# twice as long to load.
with warnings.catch_warnings(), _without("onnx", "scipy", "sklearn"):
    warnings.simplefilter("ignore")  # MXNet looks up names that numpy deprecated
    try:
        _make_operators_late()
        import mxnet as mx
    except OSError as error:  # a shared library is missing
        advice = ""
        if "libcuda.so" in str(error):
            advice = "; the GPU build needs NVIDIA's driver: go back with `make setup GPU=0`"
        sys.exit(f"MXNet cannot be loaded: {error}{advice}")

__all__ = ["mx"]
