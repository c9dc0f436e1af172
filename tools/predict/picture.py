"""The picture of predictions: each input, what the model saw of it, its probabilities, and why.

H x W pixels, K classes. The model is linear, so that a logit is a sum over the pixels:

    logit_k = bias_k + sum over the pixels of weight[k, pixel] * scale * image[pixel]

The terms of that sum are the evidence map of class k: exactly why the logit is what it is.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes

from stages.common import figures
from stages.common.figures import BLUE, GREY, ORANGE
from stages.common.model import Model
from tools.predict.inputs import as_given
from tools.predict.output import Prediction

ROWS = 24  # inputs drawn, at most
_BARS = 10  # classes drawn for an input, at most
_SIDE, _ROW, _TOP = 1.5, 2.0, 0.55  # inches: of a picture, of a row, of the headings
# Inches from the left: of the four pictures, the class names, and the bars.
_GIVEN, _SEEN, _NAMES, _WINNER, _SECOND = 0.15, 1.85, 4.75, 6.85, 8.75
_WIDTH, _BAR = 10.45, 1.2
_LEGEND = "weight times pixel: red speaks for the class, blue against it"
_PIXELS = 2 * 144  # of the longer side of an input as given


def evidence(model: Model, image: np.ndarray, label: int) -> np.ndarray:
    """Return what each pixel adds to a class's logit, [H, W] float64; the bias adds the rest."""
    weight = model.weight[label].astype(np.float64).reshape(image.shape)
    return weight * model.scale * image


def draw(predictions: Sequence[Prediction], model: Model, path: Path, *, rows: int = ROWS) -> None:
    """Draw the first `rows` predictions and write the picture to `path`."""
    drawn = predictions[:rows]
    height = _TOP + _ROW * len(drawn) + 0.1
    left_out = len(predictions) - len(drawn)
    with rc_context(figures.STYLE):
        figure, axes = figures.picture_canvas(_WIDTH, height + (0.2 if left_out else 0))
        for left, text in (
            (_GIVEN + _SIDE / 2, "as given"),
            (_SEEN + _SIDE / 2, "as the model saw it"),
            (_NAMES, "probability"),
            (_WINNER + _SIDE / 2, "evidence for the likeliest"),
            (_SECOND + _SIDE / 2, "and for the second"),
        ):
            axes.text(left, 0.22, text, fontsize=9, ha="center")
        middle = (_WINNER + _SECOND + _SIDE) / 2
        axes.text(middle, 0.4, _LEGEND, fontsize=7, color=GREY, ha="center")
        for number, prediction in enumerate(drawn):
            _draw_row(axes, prediction, model, _TOP + number * _ROW)
        if left_out:
            text = f"and {left_out:,} more, which are not drawn"
            axes.text(_WIDTH / 2, height + 0.05, text, fontsize=8, color=GREY, ha="center")
        figures.save(figure, path)


def _draw_row(axes: Axes, prediction: Prediction, model: Model, top: float) -> None:
    given = as_given(prediction.path, prediction.row, _PIXELS)
    grey = {"cmap": "gray", "vmin": 0, "vmax": 255}
    figures.put_picture(axes, given, _GIVEN, top, _SIDE, **grey)
    figures.put_picture(axes, prediction.image, _SEEN, top, _SIDE, **grey)
    name = prediction.name if len(prediction.name) <= 60 else f"…{prediction.name[-59:]}"
    axes.text(_GIVEN, top + _SIDE + 0.17, name, fontsize=7, color=GREY)
    _draw_probabilities(axes, prediction, model.info.classes, top)
    first, second = prediction.order[:2]
    maps = [evidence(model, prediction.image, label) for label in (first, second)]
    limit = max(float(np.abs(maps).max()), 1e-9)
    places = ((_WINNER, ORANGE), (_SECOND, BLUE))
    for label, values, (left, colour) in zip((first, second), maps, places, strict=True):
        figures.put_picture(axes, values, left, top, _SIDE, cmap="RdBu_r", vmin=-limit, vmax=limit)
        middle, bias = left + _SIDE / 2, float(model.bias[label])
        title = figures.brief(model.info.classes[label], 24)
        axes.text(middle, top + _SIDE + 0.14, title, fontsize=8, color=colour, ha="center")
        total = values.sum()
        terms = f"{total:.2f} + bias {bias:.2f} = logit {total + bias:.2f}".replace(
            "-", "\N{MINUS SIGN}"
        )
        axes.text(middle, top + _SIDE + 0.29, terms, fontsize=7, color=GREY, ha="center")


def _draw_probabilities(
    axes: Axes, prediction: Prediction, classes: Sequence[str], top: float
) -> None:
    labels = prediction.order[:_BARS]
    step = _SIDE / _BARS
    for number, label in enumerate(labels):
        p, middle = float(prediction.probabilities[label]), top + (number + 0.5) * step
        colour = (ORANGE, BLUE)[number] if number < 2 else GREY
        axes.barh(middle, p * _BAR, left=_NAMES + 0.06, height=0.7 * step, color=colour)
        text = figures.brief(classes[label], 18)
        axes.text(_NAMES, middle, text, fontsize=7.5, ha="right", va="center")
        share = f"{p:.0%}" if p >= 0.01 else "<1%"
        axes.text(_NAMES + 0.1 + p * _BAR, middle, share, fontsize=7, va="center", color=GREY)
