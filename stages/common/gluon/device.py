"""Which device to train on. A GPU counts only when a kernel ran on it.

The mxnet-cu112 to cu117 wheels hold machine code for sm_50 to sm_86 (Maxwell to Ada) and no PTX.
On a Hopper or later GPU, `num_gpus()` is 1 and the first kernel fails: a count proves nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stages.common.errors import DeviceError
from stages.common.gluon.mx import mx

_INSTALL = "install the GPU build with `make repro GPU=1` (mxnet-cu112 and its CUDA 11 libraries)"


@dataclass(frozen=True)
class Gpu:
    """What is known of this machine's GPU."""

    present: bool
    problem: str = ""  # why it cannot be used; empty when it can


def probe_gpu() -> Gpu:
    """Return whether there is a GPU and whether a small kernel really runs on it."""
    if not mx.runtime.Features().is_enabled("CUDA"):
        return Gpu(
            present=Path("/dev/nvidia0").exists(),
            problem=f"this MXNet is built for CPUs only; {_INSTALL}",
        )
    try:
        if mx.context.num_gpus() == 0:
            return Gpu(
                present=False, problem="CUDA finds no GPU; check that `nvidia-smi` lists one"
            )
        doubled = mx.nd.ones((2, 2), ctx=mx.gpu()) * 2
        product = mx.nd.dot(doubled, doubled).asnumpy()
    except mx.MXNetError as error:
        last_line = str(error).strip().splitlines()[-1]
        supported = "compute capability 5.0 to 8.6 (Maxwell to Ada), none for Hopper and later"
        problem = (
            f"a test kernel failed on it ({last_line}); MXNet's builds hold code for {supported}"
        )
        return Gpu(present=True, problem=problem)
    if (product != 8).any():
        return Gpu(present=True, problem="a test kernel gave wrong results on it")
    return Gpu(present=True)


def choose_device(wanted: str, probe: Callable[[], Gpu] = probe_gpu) -> tuple[mx.Context, str]:
    """Return the context to train on, and a sentence that says which it is and why.

    Args:
        wanted: auto, cpu or gpu.
        probe: finds out about the GPU; not called for cpu.

    Raises:
        DeviceError: gpu is wanted and cannot be used.
    """
    if wanted == "cpu":
        return mx.cpu(), "cpu"
    gpu = probe()
    if not gpu.problem:
        return mx.gpu(), "gpu"
    if wanted == "gpu":
        raise DeviceError(
            f"device: gpu cannot be used: {gpu.problem}; or set device to auto or cpu"
        )
    return mx.cpu(), f"cpu (there is a GPU, but {gpu.problem})" if gpu.present else "cpu"
