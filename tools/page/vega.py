"""The scripts of Vega, Vega-Lite and Vega-Embed, for pages that need no network."""

from importlib.metadata import version
from pathlib import Path

import vl_convert

from stages.common.files import write_bytes

VEGA_LITE = "5.21"  # the last of the series in which DVC's and our plots are written


def vega() -> str:
    """Return the scripts of Vega, Vega-Lite and Vega-Embed; to bundle them takes seconds, once."""
    bundle = Path(f".dvc/tmp/vega-lite-{VEGA_LITE}-{version('vl-convert-python')}.js")
    if not bundle.exists():
        # Its stub forgets a default.
        scripts = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
        write_bytes(bundle, scripts.encode())
    return bundle.read_text(encoding="utf-8")
