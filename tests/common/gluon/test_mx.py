"""MXNet is imported in one place, and only where something is trained."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stages.common.dataset import PIXEL_SCALE
from stages.common.gluon.mx import mx
from stages.common.model import Model, save_model
from tests.support.imports import imported_names, project_files
from tests.support.prepared import INFO, info_of, split_of, write_prepared, write_shapes
from tests.support.project import ROOT, write_params

HEAVY = ("mxnet", "pandas", "matplotlib.pyplot")


def importers(package: str) -> set[str]:
    """Return the project's files outside tests/ that import a package."""
    files = [path for folder in ("stages", "tools") for path in (ROOT / folder).rglob("*.py")]
    return {
        str(path.relative_to(ROOT))
        for path in files
        if any(f"{name}.".startswith(f"{package}.") for name in imported_names(path))
    }


def test_one_module_imports_mxnet() -> None:
    """Only stages/common/gluon/mx.py, which makes it run on this Python, imports MXNet."""
    assert importers("mxnet") == {"stages/common/gluon/mx.py"}


def test_train_alone_reaches_mxnet() -> None:
    """Of the stages, only train imports the module that imports MXNet, however indirectly."""
    stages = {path.stem for path in (ROOT / "stages").glob("*.py")}
    reach = {
        name
        for name in stages
        if Path("stages/common/gluon/mx.py") in project_files(Path(f"stages/{name}.py"))
    }
    assert reach == {"train"}


def test_mxnet_computes_with_this_numpy() -> None:
    """With the shim, MXNet 1.9.1 exchanges arrays with this NumPy and multiplies matrices."""
    assert mx.__version__ == "1.9.1"
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    product = mx.nd.dot(mx.nd.array(values), mx.nd.array(values.T)).asnumpy()
    np.testing.assert_array_equal(product, values @ values.T)


def test_an_operator_is_made_at_its_first_call() -> None:
    """The import makes no operator; one that is called does what MXNet's own does."""
    source = inspect.getsource(mx.nd.FullyConnected)
    assert "def operator" in source
    assert mx.nd.FullyConnected.__name__ == "FullyConnected"
    with pytest.raises(mx.MXNetError, match="no_option"):
        mx.nd.FullyConnected(mx.nd.ones((1, 1)), mx.nd.ones((1, 1)), no_option=1)


# What a cluster, an image or somebody's shell exports, each of which changes the bits or the role.
HOSTILE = {
    "OMP_NUM_THREADS": "3",
    "OMP_DYNAMIC": "true",
    "KMP_AFFINITY": "disabled",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "DNNL_VERBOSE": "1",
    "MXNET_MKLDNN_ENABLED": "0",
    "MXNET_ENGINE_TYPE": "NaiveEngine",
    "DMLC_ROLE": "server",
}


def test_the_environment_changes_no_bit(here: Path) -> None:
    """Training gives the same weights, and prints the same, whatever MXNet's variables say."""
    info = info_of(10, (28, 28))
    write_prepared(
        here / "data/prepared",
        {"train": split_of(1024, seed=0, info=info), "val": split_of(100, seed=1, info=info)},
        info,
    )
    write_params(here, batch_size=256, lr=0.5)
    results = []
    for variables in ({}, HOSTILE):
        done = subprocess.run(
            [sys.executable, "-m", "stages.train"],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
            capture_output=True,
            check=True,
        )
        assert done.stderr == b""
        results.append([path.read_bytes() for path in sorted(Path("data/model").iterdir())])
    assert results[0] == results[1]


def test_the_other_stages_start_fast(here: Path) -> None:
    """Download, preprocess and evaluate load neither MXNet nor pandas nor pyplot."""
    write_shapes(here / "data/prepared")
    random = np.random.default_rng(0)
    weight, bias = random.normal(size=(3, 30)).astype(np.float32), np.zeros(3, np.float32)
    save_model(here / "data/model", Model(weight, bias, PIXEL_SCALE, INFO, {}))
    (here / "plots").mkdir()
    (here / "plots/history.csv").write_text(
        "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n1,1.0,0.5,1.0,0.5\n",
        encoding="utf-8",
    )
    write_params(here)
    code = (
        "import json, sys; import stages.download, stages.preprocess, stages.evaluate; "
        "stages.evaluate.main(); "
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert (here / "metrics/evaluate.json").exists()
