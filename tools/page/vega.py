"""Vega: its scripts for pages that need no network, and charts as pictures."""

import io
import json
import re
import textwrap
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import vl_convert
from PIL import Image

from stages.common.files import write_bytes
from tools.page.charts import CONFIG, Chart, Spec

VEGA_LITE = "5.21"  # the last of the series in which DVC's and our plots are written
_CSS = Path(__file__).with_name("page.css")
_MOST = 5  # panels beside each other
_LETTER = 6.2  # pixels, on the average
_PARALLEL = 720  # pixels across parallel axes


def vega() -> str:
    """Return the scripts of Vega, Vega-Lite and Vega-Embed; to bundle them takes seconds, once."""
    bundle = Path(f".dvc/tmp/vega-lite-{VEGA_LITE}-{version('vl-convert-python')}.js")
    if not bundle.exists():
        # Its stub forgets a default.
        scripts = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
        write_bytes(bundle, scripts.encode())
    return bundle.read_text(encoding="utf-8")


def png(charts: Sequence[Chart]) -> bytes:
    """Return charts below each other as PNG, in the page's light colours."""
    (first, *_) = charts[0].panels.values()
    config = CONFIG | {"background": "white"}
    if "signals" in first:
        spec = first | {"config": config, "signals": _placed(first["signals"])}
        drawn = vl_convert.vega_to_png(_with_colours(spec), ppi=144)
    else:
        rows = [_beside(chart) for chart in charts]
        spec = {"config": config, "spacing": 24, "padding": 8, "vconcat": rows}
        drawn = vl_convert.vegalite_to_png(_with_colours(spec), vl_version=VEGA_LITE, ppi=144)
    smaller = io.BytesIO()
    Image.open(io.BytesIO(drawn)).convert("RGB").save(smaller, "PNG")
    return smaller.getvalue()


def _placed(signals: Sequence[Spec]) -> list[Spec]:
    """Return the signals with a width that no page gives."""
    return [{"name": "width", "value": _PARALLEL}, *(s for s in signals if s["name"] != "width")]


def _beside(chart: Chart) -> Spec:
    """Return the panels of a chart in rows, with their headings and the chart's text above."""
    panels = [
        spec | {"width": chart.width, "title": textwrap.wrap(name, int(chart.width / _LETTER))}
        for name, spec in chart.panels.items()
    ]
    across = min(_MOST, len(panels)) * (chart.width + 45)
    rows = [{"hconcat": panels[at : at + _MOST]} for at in range(0, len(panels), _MOST)]
    return {"title": textwrap.wrap(chart.text, int(across / _LETTER)), "vconcat": rows}


def _with_colours(spec: Spec) -> Spec:
    """Return a specification whose colours are those of the page where it is light."""
    light = _CSS.read_text(encoding="utf-8").split("@media")[0]
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", light))
    text = re.sub(r"var\(--([\w-]+)\)", lambda found: colours[found[1]], json.dumps(spec))
    return dict(json.loads(text))
