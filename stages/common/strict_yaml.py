"""YAML as DVC reads it, with PyYAML, and stricter: no key twice in a mapping.

PyYAML follows YAML 1.1, in which the `1e-05` that `dvc exp run -S lr=1e-5` writes is a string; DVC
follows YAML 1.2, in which it is a number. Here it is a number too, while a quoted '1e-05' stays a string.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from stages.common.errors import PipelineError

# Float in the core schema of YAML 1.2.2, section 10.3.2, except what PyYAML resolves already.
_EXPONENT_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$")


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT_FLOAT, list("-+.0123456789"))


def read_yaml(path: Path, error: type[PipelineError]) -> Any:
    """Return what the YAML file at `path` holds; raise `error` with one line when it cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise error(f"{path}: there is no such file; run from the repository's root, or restore it with git") from None
    return parse_yaml(content, str(path), error)


def parse_yaml(content: bytes, name: str, error: type[PipelineError]) -> Any:
    """Return what YAML bytes hold; raise `error` with one line that says `name` when they are not valid."""
    try:
        return yaml.load(content, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader's subclass
    except yaml.MarkedYAMLError as problem:
        line = f" line {problem.problem_mark.line + 1}:" if problem.problem_mark else ""
        raise error(f"{name}:{line} not valid YAML: {problem.problem}") from problem
    except (yaml.YAMLError, ValueError, RecursionError) as problem:  # ValueError: not UTF-8, or an absurd number
        raise error(f"{name}: not valid YAML: {' '.join(str(problem).split())}") from problem
