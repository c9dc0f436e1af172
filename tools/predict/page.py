"""The page of labelled pictures: how good the model is on them, and its worst mistakes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from stages.common import charts
from stages.common.model import Model
from tools.page import figures, html
from tools.page.table import Table
from tools.pictures.names import shown
from tools.predict import judged
from tools.predict.judging import Judgement
from tools.predict.picture import draw

WORST = 12  # mistakes drawn
_LEGEND = "Evidence is weight times pixel: orange speaks for the class, blue against it."


def render(
    judgement: Judgement, model: Model, skipped: Mapping[Path, str], notes: Sequence[str]
) -> str:
    """Return the whole page.

    Args:
        judgement: of the pictures.
        model: which was judged.
        skipped: files and folders that were left out, and why.
        notes: what was assumed about pictures, and what was ignored.
    """
    classes = model.info.classes
    verdict = judged.verdict(judgement)
    matrix = charts.confusion(judgement.confusion, classes).png()
    table = judged.confusion(judgement, classes)
    alt = "Confusion matrix; the table below has its numbers"
    left_out = [[shown(path), why] for path, why in skipped.items()]
    return html.document(
        f"Labelled pictures: {verdict}",
        html.header(
            "Labelled pictures", verdict, html.paragraph(" ".join(judged.comparison(judgement)))
        ),
        html.section(
            "Confusion matrix",
            figures.image(matrix, alt, "Pictures by their label (down) and class (across)."),
            html.folded("as a table", html.table(table)),
        ),
        html.section("Worst mistakes", _mistakes(judgement, model)),
        html.section(
            "Left out", html.table(Table("Not judged", ("file", "why"), left_out, words=(0, 1)))
        ),
        html.section("Notes", *map(html.paragraph, notes)),
    )


def _mistakes(judgement: Judgement, model: Model) -> str:
    worst = judgement.mistakes[:WORST]
    if not worst:
        return html.paragraph("There is none.")
    predictions = [judgement.predictions[row] for row in worst]
    truths = [int(judgement.labels[row]) for row in worst]
    picture = draw(predictions, model, truths=truths)
    table = judged.mistakes(judgement, model.info.classes, WORST)
    alt = "Each picture, its image, the probabilities, and the evidence; the table names them"
    return figures.image(picture, alt, _LEGEND) + html.table(table)
