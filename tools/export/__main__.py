"""Write the model as others can use it: ONNX, a model card, and a page that shows how it decides.

    python -m tools.export              into export/
    python -m tools.export --out DIR    into another folder
    python -m tools.export --release    only what anybody can make again from a commit

Nothing is written unless onnxruntime and the model agree on every test image. All three files say
which commit the model is from, and whether it is that commit's.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stages.common.catalogue import load_entry
from stages.common.dataset import PREPARED, load_info, load_split
from stages.common.errors import DataError
from stages.common.files import read_json, write_bytes
from stages.common.model import MODEL, load_model
from stages.evaluate import Evaluation, check_fits, evaluate
from tools.command import run_tool
from tools.optional import installed_by
from tools.runs.model import check_model

with installed_by("export"):
    from tools.export import card, playground
    from tools.export.onnx_model import describe, to_onnx, verify
    from tools.export.origin import Origin, check_release, read_origin

OUT = Path("export")
METRICS = ("preprocess", "train", "evaluate")
NEAR = 1e-4  # of a recorded loss: more than another CPU's last bits make


def load_metrics(result: Evaluation) -> dict[str, Any]:
    """Return the content of metrics/*.json as one mapping.

    Raises:
        DataError: they are not of the model that `result` is of.
    """
    metrics: dict[str, Any] = {}
    for name in METRICS:
        metrics |= read_json(Path(f"metrics/{name}.json"))
    recorded = metrics.get("test_loss")
    if not isinstance(recorded, float) or abs(recorded - result.loss) > NEAR:
        found = f"metrics/evaluate.json: its test loss is {recorded}, the model's {result.loss:.6f}"
        raise DataError(f"{found}; `dvc repro` evaluates this model")
    return metrics


def export(out: Path, origin: Origin) -> None:
    """Write model.onnx, README.md and index.html into `out`, and say what they are."""
    info, model = load_info(PREPARED), load_model(MODEL)
    check_fits(model, info)
    test = load_split(PREPARED, "test", info)
    result = evaluate(model, test)
    metrics, entry = load_metrics(result), load_entry(info.dataset)

    onnx = to_onnx(model, origin.metadata())
    agreement = verify(onnx, model, test.images)
    page = playground.render(model, test, result, entry.title, origin.sentence)

    files = {"model.onnx": "the model for any ONNX runtime; class names and params in its metadata"}
    if page:
        files["index.html"] = "the playground: open it in a browser and watch the model decide"
    readme = card.render(model, entry, metrics, files, origin)

    write_bytes(out / "model.onnx", onnx)
    print(f"{out}/model.onnx  {describe(agreement)}")
    write_bytes(out / "README.md", readme.encode())
    print(f"{out}/README.md   the model card")
    if page:
        write_bytes(out / "index.html", page)
        print(f"{out}/index.html  the playground, {len(page) / 1000:.0f} kB: open it in a browser")
    else:
        (out / "index.html").unlink(missing_ok=True)  # of a smaller model
        limit = f"a page of {playground.LIMIT // 1000} kB"
        print(f"{out}/index.html  left out: {model.weight.size:,} weights do not fit {limit}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Export the model in data/model/."""
    parser = argparse.ArgumentParser(
        prog="export", description="Write the model as ONNX, with a model card and a playground."
    )
    parser.add_argument("--out", type=Path, default=OUT, help=f"the folder (default: {OUT})")
    parser.add_argument("--release", action="store_true", help="refuse what no commit holds")
    options = parser.parse_args(arguments)
    check_model()
    origin = read_origin()
    if options.release:
        check_release(origin)
    print(origin.sentence)
    export(options.out, origin)


if __name__ == "__main__":
    run_tool("export", main)
