"""The report as GitHub Markdown, for a comment on a pull request."""

from collections.abc import Sequence

from tools.page.markdown import Markdown, code, escape, table, table_of
from tools.page.table import Table
from tools.report import tables
from tools.report.change import Change
from tools.report.gate import Check
from tools.report.links import Links
from tools.report.text import NONE, WHY_FOLDED, notes, paired, verdict

# The first line of a report, by which its comment is found again; dev/comment.py has it too.
MARKER = "<!-- model-report -->"
MOST = 60_000  # characters; GitHub takes 65,536
_CUT = "The rest is too long for a comment; `report/index.html` has it.\n"


def render(change: Change, checks: Sequence[Check], links: Sequence[Links] = ()) -> str:
    """Return the whole comment; its first line is MARKER.

    Args:
        change: what changed.
        checks: what the gate found.
        links: the pictures to show.
    """
    val = change.splits.get("val")
    blocks = [
        f"{MARKER}\n### Model report\n",
        f"**{escape(verdict(change))}**\n",
        f"Before: {code(change.base.name)}. After: {code(change.head.name)}.\n",
        *(f"> [!WARNING]\n> {escape(note)}\n" for note in notes(change)),
        "".join(map(_check, checks)),
        table_of(tables.params(change.params)),
        table_of(tables.metrics(change, test=False)),
        _paragraph(paired(val)),
        _test(change),
        _pictures(links),
        _folded(tables.classes(val)) if val else "",
        _folded(tables.same_metrics(change)),
        _folded(tables.one_sided_metrics(change)),
    ]
    return _fitted([block for block in blocks if block])


def _test(change: Change) -> str:
    """Return the test images, folded unless they decide."""
    content = tables.metrics(change, test=True)
    found = "\n".join(
        filter(None, [table_of(content), _paragraph(paired(change.splits.get("test")))])
    )
    if change.effect and change.effect.metric == "test_accuracy":
        return found
    return _details(found and f"{_paragraph(WHY_FOLDED)}\n{found}", content.caption)


def _fitted(blocks: Sequence[str]) -> str:
    """Return as many blocks as a comment takes, an empty line between them."""
    text = ""
    for block in blocks:
        if len(text) + len(block) + len(_CUT) > MOST:
            return text + _CUT
        text += f"{block}\n"
    return text.rstrip("\n") + "\n"


def _check(check: Check) -> str:
    sign = "❌" if check.failed else "✅"
    return f"- {sign} gate: {code(check.rule)}: {escape(check.reason)}\n"


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
