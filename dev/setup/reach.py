"""How packages are reached: what the settings of pip and uv say of it, and nothing else they say.

A user's pip.conf, uv.toml and environment may name a company's index, a proxy or a certificate.
They may also say to install elsewhere, other versions, or from source: that is left out.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

REACH = re.compile(
    "INDEX|LINKS|CACHE|CERT|TLS|HOST|PROXY|TIMEOUT|RETRIES|OFFLINE|KEYRING|CONFIG_FILE|LINK_MODE"
)
# Settings of pip, and the variable by which uv is told the same.
OF_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}


def environment(settings: Path) -> dict[str, str]:
    """Return the environment for pip and uv.

    Args:
        settings: where to write what uv.toml says of reaching packages; uv reads that file instead.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PIP_", "UV_")) or REACH.search(name)
    }
    of_pip = _of_pip(kept)
    of_uv = {OF_UV[key]: value for key, value in of_pip.items() if key in OF_UV}
    if "UV_FIND_LINKS" in of_uv:
        of_uv["UV_FIND_LINKS"] = ",".join(of_uv["UV_FIND_LINKS"].split())
    without_index = of_pip.get("no-index", "").lower() in ("1", "true", "yes", "on")
    settings.write_text("no-index = true\n" * without_index + _of_uv(kept), encoding="utf-8")
    return {
        # As pip does, take a version from whichever index has it: the hash says which file it is.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        **of_uv,
        **{f"PIP_{key.upper().replace('-', '_')}": value for key, value in of_pip.items()},
        **kept,
        "PIP_CONFIG_FILE": os.devnull,
        "UV_CONFIG_FILE": str(settings.resolve()),
    }


def _of_pip(variables: dict[str, str]) -> dict[str, str]:
    """Return pip's settings on reaching packages, of its files and its variables."""
    done = subprocess.run(
        (sys.executable, "-m", "pip", "config", "list"),
        env=variables,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    found = re.findall(r"^(global|install|:env:)\.([a-z-]+)=(.+)$", done.stdout, re.MULTILINE)
    return {
        key: ast.literal_eval(value)
        for wanted in ("global", "install", ":env:")  # the later counts more
        for section, key, value in found
        if section == wanted and REACH.search(key.upper().replace("-", "_"))
    }


def _of_uv(variables: dict[str, str]) -> str:
    """Return what the first uv.toml that there is says on reaching packages."""
    home = Path(variables.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    named = variables.get("UV_CONFIG_FILE")
    places = [Path(named)] if named else [home / "uv/uv.toml", Path("/etc/uv/uv.toml")]
    text = next((path.read_text(encoding="utf-8") for path in places if path.is_file()), "")
    kept, table = [], ""
    # A setting or a table's name begins a line; what follows, up to the next, belongs to it.
    for part in re.split(r"(?m)^(?=[ \t]*(?:[\w-]+[ \t]*=|\[))", text):
        name = re.match(r"\s*\[*\s*([\w-]*)", part)
        key = name[1] if name else ""
        if part.lstrip().startswith("["):
            table = key
        if table == "index" or key == table == "pip" or REACH.search(key.upper().replace("-", "_")):
            kept.append(part)
    return "".join(kept)
