"""The page of trials: of a search, or of a comparison of experiments."""

from collections.abc import Sequence

from tools.page import charts, figures, html
from tools.page.content import Content
from tools.page.curves import learning_curves
from tools.page.parallel import parallel
from tools.page.sweep import sweep


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
        *_trials(content, mark),
        _importance(content, mark),
        _all(content),
        html.section("search.yaml", html.folded("settings", _block(content.settings))),
    ]


def _block(text: str) -> str:
    return html.block(text) if text else ""


def _best(content: Content, mark: str) -> str:
    if not content.best:
        return ""
    table = html.table(content.best)
    if not content.curves:
        return html.section(content.best_title, table)
    drawn = [learning_curves(content.curves, figure) for figure in ("loss", "accuracy")]
    curves = [figures.chart(each, mark) for each in drawn]
    if len(drawn[0].panels) == 1:
        curves = [figures.beside(*curves)]
    return html.section(content.best_title, table, *curves)


def _trials(content: Content, mark: str) -> list[str]:
    """Return the charts of all trials, where there are two to compare."""
    complete = [each for each in content.trials if each.state == "complete"]
    if len(complete) < 2:
        return []
    drawn = figures.chart(charts.history(content.trials, content.one), mark)
    history = html.section("History", drawn)
    if not complete[0].params:
        return [history]
    over = sweep(content.trials, content.logarithmic)
    one, many = (content.complete(noun) for noun in (content.one, content.many))
    lines = parallel(content.trials, content.logarithmic, one)
    together = [figures.chart(lines, mark), figures.chosen(many)]
    if not content.importance:
        together.append(html.paragraph(content.importance_note))
    return [
        html.section("Sweep", figures.chart(over, mark) if over else ""),
        history,
        html.section("Params together", *together),
    ]


def _importance(content: Content, mark: str) -> str:
    if not content.importance:
        return ""
    drawn = charts.importance(content.importance, content.importance_note)
    return html.section("Importance", figures.chart(drawn, mark))


def _all(content: Content) -> str:
    if not content.all:
        return ""
    rows = f"{len(content.all.rows)} rows"
    return html.section(f"All {content.many}", html.folded(rows, html.table(content.all)))
