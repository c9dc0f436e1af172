"""The page of trials: of a search, or of a comparison of experiments."""

from collections.abc import Sequence

from tools.page import charts, html
from tools.page.content import Content
from tools.page.parallel import parallel


def render(
    contents: Sequence[Content], *, title: str, above: str = "", notes: Sequence[str] = ()
) -> str:
    """Return the whole page.

    Args:
        contents: one, or one for each set of trials that saw the same images.
        title: what it is a page of.
        above: a sentence on all contents.
        notes: what no content shows, a sentence or two each.
    """
    parts = [html.note(above)] if above else []
    for number, content in enumerate(contents, 1):
        mark = f"-{number}" if number > 1 else ""
        parts += [_header(content, mark), *_sections(content, mark)]
    parts.append(html.section("Notes", *map(html.paragraph, notes)))
    return html.document(f"{title}: {contents[0].verdict}", *parts)


def _header(content: Content, mark: str) -> str:
    command = content.next_command
    following = html.paragraph("Next:") + html.block(command) if command else ""
    facts = html.paragraph(content.facts)
    return html.header(content.kind, content.verdict, following, facts, mark=mark)


def _sections(content: Content, mark: str) -> list[str]:
    """Return the sections of a content, whose charts' names end in `mark`."""
    return [
        _best(content, mark),
        _history(content, mark),
        _together(content, mark),
        _importance(content, mark),
        _all(content),
        html.section("search.yaml", html.folded("settings", _block(content.settings))),
    ]


def _block(text: str) -> str:
    return html.block(text) if text else ""


def _best(content: Content, mark: str) -> str:
    if not content.best:
        return ""
    text = "Validation {} by epoch: the mean over seeds, the band one standard deviation."
    curves = [
        html.chart(f"{name}{mark}", charts.learning_curves(content.curves, name), text.format(name))
        for name in ("loss", "accuracy")
        if content.curves
    ]
    return html.section(content.best_title, html.table(content.best), html.beside(*curves))


def _history(content: Content, mark: str) -> str:
    if content.complete_count < 2:
        return ""
    text = (
        f"Each point is a {content.one}, in the order of their runs, the line the best so far. "
        "A point at the upper edge is worse than the axis shows."
    )
    if any(each.spread for each in content.trials):
        text += " A bar is one standard deviation over seeds."
    spec = charts.history(content.trials, content.one)
    return html.section("History", html.chart(f"history{mark}", spec, text))


def _together(content: Content, mark: str) -> str:
    if content.complete_count < 2 or not content.trials[0].params:
        return ""
    text = (
        f"A line is a {content.complete(content.one)}, "
        "the best orange, the others the bluer the better. "
        "The upper end of val_loss holds all that is worse. "
        "Drag along an axis to keep the lines that cross it there; click it to keep all."
    )
    spec = parallel(content.trials, content.logarithmic)
    chart = html.chart(f"parallel{mark}", spec, text)
    return html.section("Params together", chart, html.chosen(content.complete(content.many)))


def _importance(content: Content, mark: str) -> str:
    note = content.importance_note
    if not content.importance:
        return html.section("Importance", html.paragraph(note))
    spec = charts.importance(content.importance)
    return html.section("Importance", html.chart(f"importance{mark}", spec, note))


def _all(content: Content) -> str:
    if not content.all:
        return ""
    rows = f"{len(content.all.rows)} rows"
    return html.section(f"All {content.many}", html.folded(rows, html.table(content.all)))
