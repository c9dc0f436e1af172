"""The one place that imports MXNet 1.9.1, with what it needs to run on numpy 1.26 and Python 3.12.

MXNet was retired in 2023, so these mends will not come from upstream. Importing it takes over a second:
import this module only where something is trained.
"""

import os
import sys
import types
import warnings

import numpy as np
from packaging.version import Version

# Three products of 256 x 784 x 10 a step are too small to share: two threads take 1.4 times as long as one
# (make benchmark), and a single one leaves the other cores to other experiments. MXNet reads this when loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# numpy 1.24 removed the alias that MXNet's mxnet/numpy/utils.py looks up (apache/mxnet#21165).
if "bool" not in vars(np):
    np.bool = np.bool_  # type: ignore[attr-defined]

# Python 3.12 removed distutils; MXNet compares numpy's version with these two classes.
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # distutils on 3.10 and 3.11
        import distutils.version  # noqa: F401
except ModuleNotFoundError:
    _version = types.ModuleType("distutils.version")
    _version.LooseVersion = _version.StrictVersion = Version  # type: ignore[attr-defined]
    sys.modules["distutils"] = types.ModuleType("distutils")
    sys.modules["distutils.version"] = _version

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # MXNet looks up names that numpy deprecated; we cannot mend its files
    import mxnet as mx

__all__ = ["mx"]
