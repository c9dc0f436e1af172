"""Charts and pictures as parts of a page, with the text that says what they show.

Each function returns HTML. What it is given is text, but for `figures`, which are HTML already.
"""

import base64
import io
import json
from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from tools.page import html
from tools.page.charts import CONFIG, Chart


def chart(content: Chart, mark: str = "") -> str:
    """Return a chart that is drawn when the page opens, with the text that says what it shows.

    Args:
        content: the chart.
        mark: the end of the id.
    """
    panels = []
    for number, (heading, spec) in enumerate(content.panels.items()):
        name = f"{content.name}{mark}" + (f"-panel-{number}" if number else "")
        title = f'<p class="heading">{escape(heading)}</p>' if heading else ""
        label = escape(f"{heading} {content.text}".strip())
        # `<` could end the script element; in JSON it can always be escaped.
        data = json.dumps(spec | {"config": CONFIG}, allow_nan=False, separators=(",", ":"))
        script = data.replace("<", "\\u003c")
        # The label says all. Vega would name each mark, and some by nothing.
        panels.append(
            f'<div>{title}<div class="chart" id="{name}" role="img" aria-label="{label}">'
            f'<div aria-hidden="true"><script type="application/json">{script}</script></div>'
            "</div></div>"
        )
    return (
        f'<figure><div class="panels" style="--least: {content.width}px">{"".join(panels)}</div>'
        f"<figcaption>{escape(content.text)}</figcaption></figure>"
    )


def chosen(many: str) -> str:
    """Return what is below the params together: how many the brushes leave, and sliders."""
    return (
        f'<p class="chosen"><output data-many="{escape(many)}"></output>'
        '<button type="button">show all</button></p>'
        + html.folded("filter with sliders", '<div class="sliders"></div>')
    )


def image(png: bytes, text: str, caption: str) -> str:
    """Return a PNG as a figure, embedded, with `text` for those who cannot see it."""
    data = base64.b64encode(png).decode()
    # A PNG's size is in its header. The pictures have 144 pixels where a page has 96.
    width, height = (int.from_bytes(png[at : at + 4], "big") * 96 // 144 for at in (16, 20))
    source = f'src="data:image/png;base64,{data}" width="{width}" height="{height}"'
    return (
        f'<figure><img {source} alt="{escape(text)}"><figcaption>{escape(caption)}</figcaption>'
        "</figure>"
    )


def gallery(heading: str, pictures: Sequence[tuple[np.ndarray, str]]) -> str:
    """Return small pictures [H, W] uint8 with a caption each, or nothing where there are none.

    They are drawn as the pipeline draws images: ink is dark.
    """
    items = []
    for pixels, caption in pictures:
        file = io.BytesIO()
        Image.fromarray(255 - pixels).save(file, "PNG")
        source = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
        shown = escape(caption)
        items.append(f'<li><img src="{source}" alt="">{shown}</li>')
    listed = f'<ul class="gallery">\n{"".join(items)}\n</ul>'
    return f"<h3>{escape(heading)}</h3>\n{listed}" if items else ""


def beside(*figures: str) -> str:
    """Return figures beside each other, below each other where the screen is narrow."""
    content = "\n".join(filter(None, figures))
    return f'<div class="pair">\n{content}\n</div>' if content else ""
