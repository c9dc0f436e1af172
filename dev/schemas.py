"""Write docs/schemas/: what editors complete and check in params.yaml and search.yaml.

`python -m dev.schemas` writes them from the pydantic models; a test holds them to those. The first
line of each YAML file names its schema, as the YAML extensions of editors read it.
"""

import json
from pathlib import Path
from typing import Any

from stages.common.files import write_bytes
from stages.common.params import TRAINING_PARAMS, Params
from tools.command import run_tool
from tools.search.settings import Settings

FOLDER = Path("docs/schemas")


def params_schema() -> dict[str, Any]:
    """Return the JSON Schema of params.yaml."""
    return Params.model_json_schema()


def search_schema() -> dict[str, Any]:
    """Return the JSON Schema of search.yaml, whose `vary` takes what the params allow."""
    schema, params = Settings.model_json_schema(), params_schema()["properties"]
    vary = {name: _varied(params[name]) for name in TRAINING_PARAMS}
    schema["properties"]["vary"] |= {"properties": vary, "additionalProperties": False}
    return schema


def _varied(param: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the values to try for one param: a list or, of numbers, a range."""
    listed = {"type": "array", "items": param, "minItems": 1, "uniqueItems": True}
    if param["type"] == "string":
        return listed
    between = {
        "type": "object",
        "properties": {"low": param, "high": param, "log": {"type": "boolean"}},
        "required": ["low", "high"],
        "additionalProperties": False,
    }
    return {"anyOf": [listed, between]}


SCHEMAS = {"params": params_schema, "search": search_schema}


def text(schema: dict[str, Any]) -> str:
    """Return a schema as the content of its file."""
    return json.dumps(schema, indent=1) + "\n"


def main() -> None:
    """Write the schemas."""
    for name, schema in SCHEMAS.items():
        write_bytes(FOLDER / f"{name}.json", text(schema()).encode())


if __name__ == "__main__":
    run_tool("schemas", main)
