"""The model card in Hugging Face's form: YAML front matter and Markdown, all figures from metrics.

The prose is in card.md; this module fills it in.
"""

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from stages.common.catalogue import CatalogueEntry
from stages.common.model import Model
from stages.common.scoring import wilson_interval
from tools.export.origin import Origin
from tools.page.markdown import code, escape, table

TEMPLATE = Path(__file__).with_name("card.md")
WEAKEST = 3  # classes that the limits name
SPLITS = {"train": "training", "val": "validation", "test": "test"}
FIGURES = {  # the metric: its type on the hub, and its name
    "test_accuracy": ("accuracy", "Accuracy"),
    "test_loss": ("loss", "Cross-entropy (nats)"),
    "macro_f1": ("f1", "F1, mean over the classes"),
    "calibration_error": ("ece", "Expected calibration error"),
}
Metrics = Mapping[str, Any]  # the content of metrics/*.json in one mapping


def render(
    model: Model,
    entry: CatalogueEntry,
    metrics: Metrics,
    files: Mapping[str, str],
    origin: Origin,
) -> str:
    """Return README.md.

    Args:
        model: the model.
        entry: the catalogue's entry of its dataset.
        metrics: those of preprocess, train and evaluate.
        files: what each file beside the card holds, by its name.
        origin: where the model is from.
    """
    low, high = metrics["test_accuracy_interval"]
    learned_from = ("train", "val")
    copies = [
        row["images"]
        for row in metrics["duplicates"]
        if row["split"] == "test" and row["of"] in learned_from
    ]
    weakest = sorted(metrics["classes"], key=lambda row: row["f1"])[:WEAKEST]
    params = [(code(name), code(value)) for name, value in sorted(model.params.items())]
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        front_matter=f"---\n{front_matter(model, entry, metrics).to_yaml()}\n---",
        warning=f"> **{escape(origin.sentence)}.**\n\n" if origin.problem else "",
        title=escape(entry.title),
        class_count=len(model.info.classes),
        height=model.info.height,
        width=model.info.width,
        white=f"{1 / model.scale:g}",
        test_images=f"{metrics['test_images']:,}",
        accuracy=f"{metrics['test_accuracy']:.2%}",
        interval=f"{low:.2%} to {high:.2%}",
        files=table(("file", "content"), [(code(name), text) for name, text in files.items()]),
        source=_source(model, entry),
        license=_license(entry),
        split_table=_split_table(metrics),
        duplicates=f"{sum(copies):,}",
        epochs_run=metrics["epochs_run"],
        kept=_kept(model, metrics),
        params_table=table(("param", "value"), params, numeric=[1]),
        figures_table=_figures_table(metrics),
        class_table=_class_table(metrics),
        calibration_error=f"{metrics['calibration_error']:.4f}",
        calibration_points=f"{100 * metrics['calibration_error']:.1f}",
        origin=f"{escape(origin.sentence)}.",
        origin_table=table(("", ""), [(k, code(v)) for k, v in origin.metadata().items() if v]),
        weakest=", ".join(f"{escape(row['class'])} ({row['f1']:.2f})" for row in weakest),
    )
    return f"{text.strip()}\n"


def front_matter(model: Model, entry: CatalogueEntry, metrics: Metrics) -> ModelCardData:
    """Return what the hub reads of a card.

    A dataset without a name on the hub is given none: a name of ours could be somebody else's.
    """
    results = [
        EvalResult(
            task_type="image-classification",
            dataset_type=entry.hub or "local",
            dataset_name=entry.title,
            dataset_split="test",
            metric_type=kind,
            metric_name=name,
            metric_value=metrics[metric],
        )
        for metric, (kind, name) in FIGURES.items()
    ]
    return ModelCardData(
        model_name=f"softmax-regression-{model.info.dataset}",
        license=entry.license or "unknown",
        library_name="onnx",
        pipeline_tag="image-classification",
        datasets=[entry.hub] if entry.hub else None,
        metrics=[kind for kind, _ in FIGURES.values()],
        tags=["softmax-regression", "linear", "gluon", "mxnet", "onnx", model.info.dataset],
        eval_results=results,
    )


def _source(model: Model, entry: CatalogueEntry) -> str:
    name = f"{escape(entry.title)}, {code(model.info.dataset)} in the catalogue of the pipeline"
    if not entry.hub:
        return name
    return f"{name} and [{entry.hub}](https://huggingface.co/datasets/{entry.hub}) on the hub"


def _license(entry: CatalogueEntry) -> str:
    if not entry.license:
        return "The catalogue names no license of the images: set it before you publish."
    return f"The images are under the license {code(entry.license)}, and so is this model."


def _kept(model: Model, metrics: Metrics) -> str:
    if model.params.get("patience"):
        return f"of epoch {metrics['kept_epoch']}, which had the lowest validation loss"
    return "after the last one"


def _split_table(metrics: Metrics) -> str:
    rows = [(name, f"{metrics[f'{split}_images']:,}") for split, name in SPLITS.items()]
    return table(("split", "images"), rows, numeric=[1])


def _figures_table(metrics: Metrics) -> str:
    low, high = metrics["test_accuracy_interval"]
    intervals = {"test_accuracy": f"{low:.4f} to {high:.4f}"}
    rows = [
        (name, f"{metrics[metric]:.4f}", intervals.get(metric, ""))
        for metric, (_, name) in FIGURES.items()
    ]
    return table(("figure", "value", "95% interval"), rows, numeric=[1])


def _class_table(metrics: Metrics) -> str:
    rows = []
    for row in metrics["classes"]:
        low, high = wilson_interval(round(row["recall"] * row["images"]), row["images"])
        figures = [f"{row[name]:.3f}" for name in ("precision", "recall")]
        interval = f"{low:.3f} to {high:.3f}"
        rows.append((row["class"], *figures, interval, f"{row['f1']:.3f}", f"{row['images']:,}"))
    header = ("class", "precision", "recall", "95% interval of the recall", "F1", "images")
    return table(header, rows, numeric=[1, 2, 4, 5])
