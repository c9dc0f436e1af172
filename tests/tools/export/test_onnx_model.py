"""The ONNX file: what it computes, what it says of itself, and how it is checked."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from scipy import special

from stages.common.errors import DataError
from stages.common.model import Model
from tests.support.linear import model_and_test
from tests.support.prepared import info_of
from tests.support.project import ROOT
from tools.export import onnx_model
from tools.export.onnx_model import Agreement, verify

MODEL, TEST = model_and_test()
ORIGIN = {"commit": "c" * 40}


def to_onnx(model: Model) -> bytes:
    """Return the ONNX file of a model from some commit."""
    return onnx_model.to_onnx(model, ORIGIN)


def run(content: bytes, images: np.ndarray) -> list[np.ndarray]:
    """Return logits, probabilities and classes."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    outputs: list[np.ndarray] = session.run(None, {"images": images})
    return outputs


@pytest.mark.parametrize("count", [0, 1, 60])
def test_any_number_of_raw_images_gives_logits_probabilities_and_classes(count: int) -> None:
    """The outputs are those that float64 sums and SciPy's softmax give of the uint8 images."""
    images = TEST.images[:count]
    logits, probabilities, classes = run(to_onnx(MODEL), images)
    pixels = images.reshape(count, MODEL.weight.shape[1]) / 255
    wanted = pixels @ MODEL.weight.T.astype(np.float64) + MODEL.bias
    np.testing.assert_allclose(logits, wanted, atol=1e-5)
    np.testing.assert_allclose(probabilities, special.softmax(wanted, axis=1), atol=1e-6)
    np.testing.assert_array_equal(classes, wanted.argmax(axis=1))
    assert (logits.dtype, probabilities.dtype, classes.dtype) == (np.float32, np.float32, np.int64)


def test_the_file_says_what_it_is_for() -> None:
    """Classes, dataset and params are in the metadata; every operator is one of ONNX's own."""
    info = replace(MODEL.info, classes=("café, crème", 'a "b"', "名前"))
    file = onnx.load_from_string(to_onnx(replace(MODEL, info=info)))
    metadata = {entry.key: entry.value for entry in file.metadata_props}
    assert json.loads(metadata["classes"]) == list(info.classes)
    assert json.loads(metadata["params"]) == MODEL.params
    assert (metadata["dataset"], metadata["commit"]) == ("shapes", ORIGIN["commit"])
    operators = ["Cast", "Flatten", "Mul", "Gemm", "Softmax", "ArgMax"]
    assert [node.op_type for node in file.graph.node] == operators
    assert [(each.domain, each.version) for each in file.opset_import] == [("", 13)]


def test_the_same_model_gives_the_same_bytes() -> None:
    """Another process, in which strings have other hashes, writes the same file."""
    code = (
        "import sys; from tests.support.linear import model_and_test\n"
        "from tools.export.onnx_model import to_onnx\n"
        f"sys.stdout.buffer.write(to_onnx(model_and_test()[0], {ORIGIN}))"
    )
    seed = {"PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    command, environment = [sys.executable, "-c", code], os.environ | seed
    again = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, timeout=100
    )
    assert again.stdout == to_onnx(MODEL)


def test_a_true_file_is_verified_with_its_two_figures() -> None:
    """All classes are the same, and the difference of the logits is the largest there is."""
    content = to_onnx(MODEL)
    difference = np.abs(run(content, TEST.images)[0] - MODEL.logits(TEST.images)).max()
    assert verify(content, MODEL, TEST.images) == Agreement(60, 60, float(difference))


def test_a_file_of_another_model_is_refused() -> None:
    """One weight that is off, for one class, is named with both figures."""
    weight = MODEL.weight.copy()
    weight[1] += 0.01
    with pytest.raises(DataError, match=r"disagrees.* of 60 test images, logits within"):
        verify(to_onnx(replace(MODEL, weight=weight)), MODEL, TEST.images)


def test_classes_may_change_places_only_where_their_logits_are_equal() -> None:
    """Of two classes with the same weights, one may win by 2e-6 of a bias, but not by 1e-3."""
    weight, bias = MODEL.weight[[0, 0]], np.zeros(2, np.float32)
    twins = replace(MODEL, weight=weight, bias=bias, info=info_of(2))
    close, far = (
        to_onnx(replace(twins, bias=np.array([0, off], np.float32))) for off in (2e-6, 1e-3)
    )
    assert verify(close, twins, TEST.images).same_class < 60
    with pytest.raises(DataError, match="disagrees"):
        verify(far, twins, TEST.images)


def test_large_logits_are_compared_to_their_size() -> None:
    """A model that is sure of everything, with logits in the thousands, is verified too."""
    model, test = model_and_test(sharpness=1000)
    assert np.abs(model.logits(test.images)).max() > 1000
    assert verify(to_onnx(model), model, test.images).same_class == 60
