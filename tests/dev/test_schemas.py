"""The schemas of params.yaml and search.yaml, as editors use them."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from dev.schemas import FOLDER, SCHEMAS, text
from tests.support.project import PARAMS, ROOT

SEARCH = {"trials": 8, "sampler_seed": 0, "vary": {"lr": {"low": 0.1, "high": 1.0}}}
WRONG: list[tuple[str, dict[str, object]]] = [
    ("params", PARAMS | {"lr": 0}),
    ("params", PARAMS | {"epochs": "five"}),
    ("params", PARAMS | {"learning_rate": 0.1}),
    ("search", SEARCH | {"vary": {"learning_rate": [0.1]}}),
    ("search", SEARCH | {"vary": {"batch_size": [64, 0]}}),
    ("search", SEARCH | {"sampler": "bayes"}),
]


def check(path: Path, schema: str) -> int:
    """Return the status of a check of a YAML file against a schema."""
    command = ("check-jsonschema", "--schemafile", ROOT / FOLDER / f"{schema}.json", path)
    return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_that_of_its_model(name: str) -> None:
    """The committed schema is what the model gives; a YAML file that names a schema names it."""
    path = FOLDER / f"{name}.json"
    assert (ROOT / path).read_text(encoding="utf-8") == text(SCHEMAS[name]())
    named = re.findall(r"\$schema=(\S+)", (ROOT / f"{name}.yaml").read_text(encoding="utf-8"))
    assert named in ([], [str(path)])  # a branch may have written the file anew


@pytest.mark.parametrize(("schema", "content"), [("params", PARAMS), ("search", SEARCH)])
def test_what_is_allowed_passes(schema: str, content: dict[str, object], tmp_path: Path) -> None:
    """Sound files pass."""
    path = tmp_path / "file.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert check(path, schema) == 0


@pytest.mark.parametrize(("schema", "content"), WRONG)
def test_what_is_not_allowed_fails(schema: str, content: dict[str, object], tmp_path: Path) -> None:
    """A value out of bounds, of another type, or an unknown name fails."""
    path = tmp_path / "file.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert check(path, schema) == 1
