"""What the charts show, read from their specifications, and what becomes of them as pictures."""

import io
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.curves import mean_curve_to
from tools.page.charts import Chart
from tools.page.confusion import confusion_difference
from tools.page.content import Trial
from tools.page.curves import learning_curves
from tools.page.parallel import parallel
from tools.page.sweep import sweep
from tools.page.vega import png

CLASSES = ("circle", "square")


def rows_of(chart: Chart, panel: str = "") -> list[dict[str, Any]]:
    """Return the data of a panel."""
    return list(chart.panels[panel]["data"]["values"])


def grid_of(values: Mapping[str, Sequence[Any]]) -> list[Trial]:
    """Return a trial for each combination, each worse than the one before."""
    return [
        Trial("complete", dict(zip(values, each, strict=True)), 0.5 + number / 100, "", 0.8)
        for number, each in enumerate(itertools.product(*values.values()))
    ]


def colours_of(picture: bytes) -> set[tuple[int, ...]]:
    """Return the colours of a PNG."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    return set(map(tuple, np.asarray(image).reshape(-1, 3).tolist()))


@pytest.mark.parametrize(
    ("values", "panels"),
    [
        ({"lr": [0.1, 0.2, 0.3]}, ["Validation loss (nats)", "Validation accuracy"]),
        ({"lr": [0.1, 0.2], "epochs": [5, 10]}, [""]),
        ({"batch_size": [1, 2, 3], "lr": [1, 2], "epochs": [5, 10]}, ["lr 1", "lr 2"]),
        ({"lr": [0.1, 0.2], "epochs": list(range(9))}, None),
        ({"lr": [1, 2], "epochs": [5, 10], "batch_size": [1, 2], "code": ["A", "B"]}, None),
    ],
)
def test_chart_follows_the_shape_of_the_sweep(
    values: dict[str, list[Any]], panels: list[str] | None
) -> None:
    """One param gives curves, a small grid of two or three heat maps, more neither."""
    drawn = sweep(grid_of(values), None)
    assert (list(drawn.panels) if drawn else None) == panels


def test_a_heat_map_shows_every_loss_and_frames_the_best() -> None:
    """The larger values lie above and to the right; what was not run is an empty cell."""
    trials = grid_of({"lr": [0.1, 0.2], "epochs": [5, 10]})[:3]
    drawn = sweep(trials, None)
    assert drawn
    cells = {(row["down"], row["across"]): row for row in rows_of(drawn)}
    assert {place: row["loss"] for place, row in cells.items()} == {
        ("0.1", "5"): "0.500",
        ("0.1", "10"): "0.510",
        ("0.2", "5"): "0.520",
    }
    assert [place for place, row in cells.items() if row["best"]] == [("0.1", "5")]
    encoding = drawn.panels[""]["encoding"]
    assert encoding["y"]["scale"]["domain"] == ["0.2", "0.1"]  # from the top
    assert encoding["x"]["scale"]["domain"] == ["5", "10"]
    assert "an empty cell was not run" in drawn.text


def test_many_curves_have_a_panel_each() -> None:
    """Three noisy curves do not lie on each other: the first one's is in grey behind the others."""
    curves = {name: mean_curve_to(end) for name, end in (("a", 0.4), ("b", 0.5), ("c", 0.6))}
    drawn = learning_curves(curves, "loss")
    assert list(drawn.panels) == ["a", "b", "c"]
    assert {row["split"] for row in rows_of(drawn, "a")} == {"training", "validation"}
    behind = [row["value"] for row in rows_of(drawn, "c") if row["split"] == "behind"]
    assert behind == pytest.approx(curves["a"]["val_loss"], abs=1e-5)
    assert "A band is one standard deviation over the seeds." in drawn.text


def test_two_curves_share_a_panel() -> None:
    """Before and after lie in one panel; single runs have no band, and it claims none."""
    curves = {name: mean_curve_to(0.4, spread=None) for name in ("after", "before")}
    drawn = learning_curves(curves, "loss")
    assert {row["group"] for row in rows_of(drawn)} == {"after", "before"}
    assert "band" not in drawn.text


def test_a_run_without_a_validation_split_has_a_curve() -> None:
    """Where there is no validation loss, the training loss is drawn alone."""
    alone = {"run": mean_curve_to(0.4) | {"val_loss": [None] * 20}}
    assert {row["split"] for row in rows_of(learning_curves(alone, "loss"))} == {"training"}


def test_confusion_difference_tells_better_from_worse() -> None:
    """More images on the diagonal and fewer beside it are better; true classes lie down."""
    before, after = np.array([[5, 5], [1, 9]]), np.array([[9, 1], [4, 6]])
    drawn = confusion_difference(before, after, CLASSES)
    cells = {(row["true"], row["predicted"]): row for row in rows_of(drawn)}
    assert [cells[place]["text"] for place in sorted(cells)] == ["+4", "-4", "+3", "-3"]
    tones = [cells[place]["tone"] for place in sorted(cells)]
    assert tones == ["better", "better", "worse", "worse"]
    encoding = drawn.panels[""]["encoding"]
    assert (encoding["y"]["field"], encoding["x"]["field"]) == ("true", "predicted")
    assert cells[1, 0]["about"] == "square, taken for circle: +3"


def test_confusion_difference_of_256_classes_is_bounded() -> None:
    """At 256 classes the chart is no higher than a page is wide, and holds no numbers."""
    counts = np.arange(256 * 256).reshape(256, 256)
    (spec,) = confusion_difference(counts, counts.T, list(map(str, range(256)))).panels.values()
    assert spec["height"] <= 1200
    assert len(spec["layer"]) == 1


def test_pictures_have_the_colours_of_the_light_page() -> None:
    """A chart is written as PNG, in the colours that page.css has for the light."""
    trials = grid_of({"lr": [0.1, 0.2], "epochs": [5, 10]})
    drawn = sweep(trials, None)
    assert drawn
    assert (0xD5, 0x5E, 0x00) in colours_of(png([drawn]))  # the frame of the best
    lines = parallel(trials, None, "trial")
    picture = png([lines])
    assert {(0xD5, 0x5E, 0x00), (0x1C, 0x24, 0x30)} <= colours_of(picture)
    assert Image.open(io.BytesIO(picture)).width > 1000
    assert png([lines]) == picture
