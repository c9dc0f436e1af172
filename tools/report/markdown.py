"""The report as GitHub Markdown, for a comment on a pull request."""

from collections.abc import Sequence

from tools.page.markdown import Markdown, code, escape, table, table_of
from tools.page.table import Table
from tools.report import tables
from tools.report.comparison import Comparison
from tools.report.formatting import NONE
from tools.report.gate import Outcome
from tools.report.links import Links
from tools.report.verdict import evidence, notes, verdict

# The first line of a report, by which its comment is found again; dev/comment.py has it too.
MARKER = "<!-- model-report -->"
MOST = 60_000  # characters; GitHub takes 65,536
_CUT = "The rest is too long for a comment; `report/index.html` has it.\n"


def render(comparison: Comparison, outcomes: Sequence[Outcome], links: Sequence[Links] = ()) -> str:
    """Return the whole comment; its first line is MARKER.

    Args:
        comparison: what changed.
        outcomes: what the gate found.
        links: the pictures to show.
    """
    blocks = [
        f"{MARKER}\n### Model report\n",
        f"**{escape(verdict(comparison))}**\n",
        f"Before: {code(comparison.base.label)}. After: {code(comparison.head.label)}.\n",
        *(f"> [!WARNING]\n> {escape(note)}\n" for note in notes(comparison)),
        "".join(map(_gate, outcomes)),
        table_of(tables.params(comparison.params)),
        table_of(tables.metrics(comparison.changed_metrics, comparison.test)),
        _paragraph(evidence(comparison.test)),
        _pictures(links),
    ]
    if any(change.difference for change in comparison.classes):
        blocks.append(_folded(tables.classes(comparison.classes)))
    if comparison.changed_metrics:
        blocks.append(_folded(tables.same_metrics(comparison.same_metrics)))
    blocks.append(_folded(tables.one_sided_metrics(comparison.one_sided_metrics)))
    return _fitted([block for block in blocks if block])


def _fitted(blocks: Sequence[str]) -> str:
    """Return as many blocks as a comment takes, an empty line between them."""
    text = ""
    for block in blocks:
        if len(text) + len(block) + len(_CUT) > MOST:
            return text + _CUT
        text += f"{block}\n"
    return text.rstrip("\n") + "\n"


def _gate(outcome: Outcome) -> str:
    sign = "❌" if outcome.failed else "✅"
    return f"- {sign} gate {code(outcome.text)}: {escape(outcome.explanation)}\n"


def _paragraph(text: str) -> str:
    return f"{escape(text)}\n" if text else ""


def _folded(content: Table) -> str:
    return _details(table_of(content), content.caption)


def _details(content: str, summary: str) -> str:
    if not content:
        return ""
    return f"<details>\n<summary>{escape(summary)}</summary>\n\n{content}\n</details>\n"


def _pictures(links: Sequence[Links]) -> str:
    """Return the pictures of both sides beside each other."""
    if not links:
        return ""
    rows = [(_picture(each.name, each.before), _picture(each.name, each.after)) for each in links]
    text = table(("before", "after"), rows)
    if any(NONE in row for row in rows):
        text += f"\n{escape(NONE)}: not committed; `report/index.html` shows it.\n"
    return text


def _picture(name: str, link: str | None) -> Markdown:
    # An address holds no bracket and no space: its parts are checked or quoted.
    return Markdown(f"![{name}]({link})") if link else Markdown(NONE)
