"""The choice of the device, for GPUs that work, that do not, and that are not there."""

from pathlib import Path

import pytest

from stages.common.errors import DeviceError
from stages.common.gluon.device import Gpu, choose_device, probe_gpu
from stages.common.gluon.mx import mx

WORKS, BROKEN, ABSENT = (
    Gpu(present=True),
    Gpu(present=True, problem="its kernels fail"),
    Gpu(present=False, problem="none found"),
)


@pytest.mark.parametrize(
    ("wanted", "gpu", "device", "reason"),
    [
        ("auto", WORKS, "gpu", "gpu"),
        ("gpu", WORKS, "gpu", "gpu"),
        ("auto", BROKEN, "cpu", "cpu (there is a GPU, but its kernels fail)"),
        ("auto", ABSENT, "cpu", "cpu"),
    ],
)
def test_the_gpu_is_taken_when_it_works(wanted: str, gpu: Gpu, device: str, reason: str) -> None:
    """Auto and gpu take a GPU that works; auto else takes the CPU, and says why."""
    context, said = choose_device(wanted, lambda: gpu)
    assert context == mx.Context(device)
    assert said == reason


@pytest.mark.parametrize("gpu", [BROKEN, ABSENT])
def test_gpu_without_a_usable_one_is_an_error(gpu: Gpu) -> None:
    """device: gpu stops with the reason and the way out, instead of falling back."""
    with pytest.raises(
        DeviceError,
        match=f"^device: gpu cannot be used: {gpu.problem}; or set device to auto or cpu$",
    ):
        choose_device("gpu", lambda: gpu)


def test_cpu_looks_for_no_gpu() -> None:
    """device: cpu does not even probe, which on a broken driver could hang or crash."""

    def probe() -> Gpu:
        raise AssertionError

    assert choose_device("cpu", probe) == (mx.cpu(), "cpu")


@pytest.mark.skipif(mx.runtime.Features().is_enabled("CUDA"), reason="this is MXNet's GPU build")
def test_the_cpu_build_names_what_to_install() -> None:
    """With MXNet's CPU build, asking for a GPU names the package and the command to install it."""
    gpu = probe_gpu()
    assert gpu.present == Path("/dev/nvidia0").exists()
    with pytest.raises(DeviceError, match=r"make repro GPU=1.*mxnet-cu112"):
        choose_device("gpu")
    assert choose_device("auto")[0] == mx.cpu()
