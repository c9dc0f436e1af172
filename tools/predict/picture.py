"""The picture of predictions: each input, what the model saw of it, its probabilities, and why.

H x W pixels, K classes. The model is linear, so that a logit is a sum over the pixels:

    logit_k = bias_k + sum over the pixels of weight[k, pixel] * scale * image[pixel]

The terms of that sum are the evidence map of class k: exactly why the logit is what it is.
"""

from collections.abc import Sequence

import numpy as np

from stages.common.figures import EVIDENCE, GREY, Canvas, check_fonts, paint, short_name
from stages.common.model import Model
from tools.predict.inputs import as_given
from tools.predict.predicting import Prediction

ROWS = 24  # inputs drawn, at most
_BARS = 10  # classes drawn for an input, at most
_SIDE, _ROW, _TOP = 1.5, 2.0, 0.55  # inches: of a picture, of a row, of the headings
# Inches from the left: of the four pictures, the class names, and the bars.
_GIVEN, _SEEN, _NAMES, _WINNER, _SECOND = 0.15, 1.85, 4.75, 6.85, 8.75
_WIDTH, _BAR = 10.45, 1.2
_LEGEND = "weight times pixel: orange speaks for the class, blue against it"
_PIXELS = 2 * 144  # of the longer side of an input as given


def evidence(model: Model, image: np.ndarray, label: int) -> np.ndarray:
    """Return what each pixel adds to a class's logit, [H, W] float64; the bias adds the rest."""
    weight = model.weight[label].astype(np.float64).reshape(image.shape)
    return weight * model.scale * image


def draw(
    predictions: Sequence[Prediction],
    model: Model,
    *,
    truths: Sequence[int] | None = None,
    rows: int = ROWS,
) -> bytes:
    """Return the first `rows` predictions as a PNG.

    Args:
        predictions: at least one.
        model: which made them.
        truths: their true classes, whose evidence is drawn instead of the second's.
        rows: predictions to draw.
    """
    drawn = predictions[:rows]
    height = _TOP + _ROW * len(drawn) + 0.1
    left_out = len(predictions) - len(drawn)
    others = [each.order[1] for each in drawn] if truths is None else truths[:rows]
    check_fonts([*model.info.classes, *(prediction.name for prediction in drawn)])
    canvas = Canvas(_WIDTH, height + (0.2 if left_out else 0))
    for left, text in (
        (_GIVEN + _SIDE / 2, "as given"),
        (_SEEN + _SIDE / 2, "as the model saw it"),
        (_NAMES, "probability"),
        (_WINNER + _SIDE / 2, "evidence for the likeliest"),
        (_SECOND + _SIDE / 2, "and for the second" if truths is None else "for the true class"),
    ):
        canvas.text(left, 0.22, text, align="center")
    middle = (_WINNER + _SECOND + _SIDE) / 2
    canvas.text(middle, 0.4, _LEGEND, size=7, colour=GREY, align="center")
    for number, (prediction, other) in enumerate(zip(drawn, others, strict=True)):
        _draw_row(canvas, prediction, int(other), model, _TOP + number * _ROW)
    if left_out:
        text = f"and {left_out:,} more, which are not drawn"
        canvas.text(_WIDTH / 2, height + 0.05, text, size=8, colour=GREY, align="center")
    return canvas.png()


def _draw_row(canvas: Canvas, prediction: Prediction, other: int, model: Model, top: float) -> None:
    given = as_given(prediction.path, prediction.row, _PIXELS)
    canvas.picture(given, _GIVEN, top, _SIDE)
    canvas.picture(prediction.image, _SEEN, top, _SIDE)
    name = prediction.name if len(prediction.name) <= 60 else f"…{prediction.name[-59:]}"
    canvas.text(_GIVEN, top + _SIDE + 0.17, name, size=7, colour=GREY)
    _draw_probabilities(canvas, prediction, other, model.info.classes, top)
    first = int(prediction.order[0])
    maps = [evidence(model, prediction.image, label) for label in (first, other)]
    limit = max(float(np.abs(maps).max()), 1e-9)
    places = (_WINNER, _SECOND)
    for label, values, left in zip((first, other), maps, places, strict=True):
        canvas.picture(paint(values, EVIDENCE, (-limit, limit)), left, top, _SIDE)
        middle, bias = left + _SIDE / 2, float(model.bias[label])
        title = short_name(model.info.classes[label], 24)
        canvas.text(middle, top + _SIDE + 0.14, title, size=8, align="center")
        total = values.sum()
        terms = f"{total:.2f} + bias {bias:.2f} = logit {total + bias:.2f}".replace(
            "-", "\N{MINUS SIGN}"
        )
        canvas.text(middle, top + _SIDE + 0.29, terms, size=7, colour=GREY, align="center")


def _draw_probabilities(
    canvas: Canvas, prediction: Prediction, other: int, classes: Sequence[str], top: float
) -> None:
    labels = prediction.order[:_BARS].tolist()
    if other not in labels:
        labels[-1] = other
    step = _SIDE / _BARS
    for number, label in enumerate(labels):
        p, middle = float(prediction.probabilities[label]), top + (number + 0.5) * step
        canvas.box(_NAMES + 0.06, middle - 0.35 * step, p * _BAR, 0.7 * step, GREY)
        canvas.text(
            _NAMES, middle, short_name(classes[label], 18), size=7.5, align="right", level="middle"
        )
        share = f"{p:.0%}" if p >= 0.01 else "<1%"
        canvas.text(_NAMES + 0.1 + p * _BAR, middle, share, size=7, colour=GREY, level="middle")
