"""The model card: its front matter is Hugging Face's, and its figures are the metrics'."""

import copy
import re
from dataclasses import replace
from typing import Any

import huggingface_hub as hub
import yaml
from markdown_it import MarkdownIt

from stages.common.catalogue import FILE_KEYS, CatalogueEntry
from tests.support.linear import metrics_of, model_and_test
from tools.export.card import render
from tools.export.origin import Origin

MODEL, TEST = model_and_test(count=300)
METRICS = metrics_of(MODEL, TEST)
FILES = {"model.onnx": "the model"}
FILES_ENTRY = {key: {"name": key, "bytes": 1, "sha256": 64 * "0"} for key in FILE_KEYS}
ORIGIN = Origin("c" * 40, (), (), {"dvc.lock": "d" * 32})
PUBLIC = {"license": "mit", "hub": "somebody/shapes"}


def entry(title: str = "Noisy shapes", **more: str) -> CatalogueEntry:
    """Return the catalogue's entry of a dataset."""
    content = {"title": title, "classes": ["a", "b"], "files": FILES_ENTRY, "sources": []}
    return CatalogueEntry.model_validate(content | more)


def front_matter(card: str) -> dict[str, Any]:
    """Return the YAML between the first two lines of dashes."""
    content: dict[str, Any] = yaml.safe_load(card.split("---\n")[1])
    return content


def parsed(card: str) -> hub.ModelCardData:
    """Return the front matter as Hugging Face's library reads it."""
    data = hub.ModelCard(card).data
    assert isinstance(data, hub.ModelCardData)
    return data


def test_the_hub_reads_its_figures_from_the_front_matter() -> None:
    """huggingface_hub's own ModelCardData parses it and has each figure of the test split."""
    data = parsed(render(MODEL, entry(**PUBLIC), METRICS, FILES, ORIGIN))
    assert (data.license, data.datasets, data.pipeline_tag) == (
        "mit",
        ["somebody/shapes"],
        "image-classification",
    )
    assert "shapes" in (data.tags or [])
    assert data.model_name == "softmax-regression-shapes"
    figures = {each.metric_type: each.metric_value for each in data.eval_results or []}
    names = ("test_accuracy", "test_loss", "macro_f1", "calibration_error")
    wanted = zip(("accuracy", "loss", "f1", "ece"), names, strict=True)
    assert figures == {kind: METRICS[name] for kind, name in wanted}
    for result in data.eval_results or []:
        assert result.task_type == "image-classification"
        assert (result.dataset_type, result.dataset_name, result.dataset_split) == (
            "somebody/shapes",
            "Noisy shapes",
            "test",
        )


def test_a_dataset_of_ones_own_gets_no_name_of_somebody_else() -> None:
    """Without a license and a name on the hub, the card names neither, and says what to settle."""
    card = render(MODEL, entry(), METRICS, FILES, ORIGIN)
    content = front_matter(card)
    assert content["license"] == "unknown"
    assert "datasets" not in content
    assert content["model-index"][0]["results"][0]["dataset"]["type"] == "local"
    assert "set it before you publish" in card
    assert "huggingface.co" not in card
    assert "Fashion" not in card


def test_every_class_has_its_figures_in_a_table() -> None:
    """Precision, recall, its interval, F1 and the images of a class are those of the metrics."""
    card = render(MODEL, entry(), METRICS, FILES, ORIGIN)
    page = MarkdownIt("commonmark").enable("table").render(card)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page)
    for row in METRICS["classes"]:
        shown = cells[cells.index(row["class"]) :][:6]
        wanted = [f"{row[name]:.3f}" for name in ("precision", "recall", "f1")]
        assert [shown[1], shown[2], shown[4]] == wanted
        low, high = map(float, shown[3].split(" to "))
        assert 0 <= low <= float(shown[2]) <= high <= 1
        assert int(shown[5]) == row["images"]


def test_no_figure_is_typed_by_hand() -> None:
    """With other metrics, every number of the old ones is gone from the figures of the card."""
    changed = copy.deepcopy(METRICS)
    for name in ("test_accuracy", "test_loss", "macro_f1", "calibration_error"):
        changed[name] = METRICS[name] / 2 + 0.01
    changed["test_accuracy_interval"] = [0.31, 0.32]
    changed |= {"train_images": 12345, "test_images": 2345, "epochs_run": 77}
    before, after = (render(MODEL, entry(), each, FILES, ORIGIN) for each in (METRICS, changed))
    figures = [f"{METRICS[name]:.4f}" for name in ("test_loss", "macro_f1", "calibration_error")]
    for figure in (*figures, f"{METRICS['test_accuracy']:.2%}", "| training | 200 |"):
        assert figure in before
        assert figure not in after
    for figure in ("31.00% to 32.00%", "| training | 12,345 |", "2,345 test images", "77 epochs"):
        assert figure in after


def test_the_kept_epoch_is_told_as_training_chose_it() -> None:
    """Only with `patience` is it the one with the lowest validation loss."""
    patient = replace(MODEL, params=MODEL.params | {"patience": 3})
    last, best = (render(each, entry(), METRICS, FILES, ORIGIN) for each in (MODEL, patient))
    assert "the weights are\nthose after the last one." in last
    assert "of epoch 5, which had the lowest" in best


def test_names_cannot_break_the_card() -> None:
    """A title and class names with Markdown, HTML, YAML and template marks in them stay text."""
    title, name = "a: [b] | <b>c</b>\n---\n$accuracy #1", "x|y: *z* <i>"
    info = replace(MODEL.info, classes=(name, *MODEL.info.classes[1:]))
    model = replace(MODEL, info=info)
    card = render(model, entry(title), metrics_of(model, TEST), FILES, ORIGIN)
    assert {each.dataset_name for each in parsed(card).eval_results or []} == {title}
    page = MarkdownIt("commonmark").enable("table").render(hub.ModelCard(card).text)
    assert "<b>" not in page
    assert "<i>" not in page
    assert page.count("<h1>") == 1
    assert "x|y: *z* &lt;i&gt;</td>" in page


def test_the_card_says_where_the_model_is_from() -> None:
    """Commit and digests are in a table; what no commit holds is said before anything else."""
    clean = render(MODEL, entry(), METRICS, FILES, ORIGIN)
    assert "\n---\n\n# Softmax" in clean
    assert "Made from commit cccccccccccc, without changes, with its results." in clean
    assert f"| commit | `{'c' * 40}` |" in clean
    assert f"| md5 of dvc.lock | `{'d' * 32}` |" in clean
    stale = render(MODEL, entry(), METRICS, FILES, replace(ORIGIN, stale=("lr", "stages/*.py")))
    warning = "lr, stages/&#42;.py changed since the results were made"
    assert f"\n---\n\n> **Not reproducible: {warning}.**\n\n# Softmax" in stale
