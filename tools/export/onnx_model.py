"""The model as an ONNX file, built with the onnx package's helpers, and the proof that it agrees.

N images of H x W pixels, D = H * W, K classes.

    images [N, H, W] uint8 -> Cast -> Flatten -> Mul by the scale -> Gemm -> logits [N, K] float32
    logits -> Softmax -> probabilities [N, K] float32
    logits -> ArgMax  -> class [N] int64
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from stages.common.errors import DataError
from stages.common.files import BLOCK
from stages.common.model import Model

OPSET = 13  # the first in which Softmax works along one axis; runtimes since 2020 know it
TOLERANCE = 1e-5  # of a logit; relative to the largest logit of its image where that is above 1


@dataclass(frozen=True)
class Agreement:
    """How near the ONNX file comes to the model that it was made of."""

    images: int
    same_class: int  # images that get the same class
    difference: float  # the largest difference of a logit


def to_onnx(model: Model, origin: Mapping[str, str]) -> bytes:
    """Return the ONNX file of `model`, with `origin` in its metadata: the same bytes for the same.

    Args:
        model: the model.
        origin: where it is from, by what programs call it.
    """
    (height, width), classes = model.info.shape, len(model.info.classes)
    value, node = helper.make_tensor_value_info, helper.make_node
    graph = helper.make_graph(
        name="softmax_regression",
        inputs=[value("images", TensorProto.UINT8, ["N", height, width])],
        outputs=[
            value("logits", TensorProto.FLOAT, ["N", classes]),
            value("probabilities", TensorProto.FLOAT, ["N", classes]),
            value("class", TensorProto.INT64, ["N"]),
        ],
        initializer=[
            numpy_helper.from_array(np.array(model.scale, np.float32), "scale"),
            numpy_helper.from_array(model.weight, "weight"),  # [K, D]
            numpy_helper.from_array(model.bias, "bias"),  # [K]
        ],
        nodes=[
            node("Cast", ["images"], ["grey"], to=TensorProto.FLOAT),
            node("Flatten", ["grey"], ["pixels"], axis=1),
            node("Mul", ["pixels", "scale"], ["scaled"]),
            node("Gemm", ["scaled", "weight", "bias"], ["logits"], transB=1),
            node("Softmax", ["logits"], ["probabilities"], axis=1),
            node("ArgMax", ["logits"], ["class"], axis=1, keepdims=0),
        ],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    file = helper.make_model(graph, opset_imports=opsets, producer_name="fashion-softmax")
    # The lowest version that the graph needs: what the onnx package writes would change with it.
    file.ir_version = helper.find_min_ir_version_for(opsets)
    metadata = {
        "dataset": model.info.dataset,
        "classes": json.dumps(model.info.classes, ensure_ascii=False),
        "params": json.dumps(model.params, sort_keys=True),
        **origin,
    }
    helper.set_model_props(file, metadata)
    onnx.checker.check_model(file, full_check=True)
    return file.SerializeToString(deterministic=True)


def verify(content: bytes, model: Model, images: np.ndarray) -> Agreement:
    """Compare the ONNX file `content` with `model` on `images` [N, H, W] uint8.

    Float32 sums of D terms differ in their last bits with the order of the terms, so that two
    classes whose logits are equal to TOLERANCE may change places.

    Raises:
        DataError: a logit differs by more than TOLERANCE, or a class for another reason.
    """
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(content, providers=providers)
    same, difference, agree = 0, 0.0, True
    for start in range(0, len(images), BLOCK):
        block = np.ascontiguousarray(images[start : start + BLOCK])
        wanted = model.logits(block)  # [N, K]
        logits, predicted = session.run(["logits", "class"], {"images": block})
        allowed = TOLERANCE * np.maximum(1, np.abs(wanted).max(axis=1, keepdims=True))  # [N, 1]
        behind = wanted.max(axis=1, keepdims=True) - wanted[np.arange(len(block)), predicted, None]
        agree &= bool((np.abs(logits - wanted) <= allowed).all() and (behind <= 2 * allowed).all())
        same += int((predicted == wanted.argmax(axis=1)).sum())
        difference = max(difference, float(np.abs(logits - wanted).max()))
    agreement = Agreement(len(images), same, difference)
    if not agree:
        raise DataError(f"model.onnx: onnxruntime disagrees with the model: {describe(agreement)}")
    return agreement


def describe(agreement: Agreement) -> str:
    """Return the two figures of an agreement for people."""
    classes = f"the same class on {agreement.same_class:,} of {agreement.images:,} test images"
    return f"{classes}, logits within {agreement.difference:.1e}"
