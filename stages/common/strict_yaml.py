"""YAML as DVC reads it, read with PyYAML: no key twice in a mapping, and decimal numbers only.

Both parse with libyaml, which takes tabs where PyYAML's own parser does not: before a comment, say.

PyYAML follows YAML 1.1 and DVC follows YAML 1.2, which differ in plain words: to PyYAML the
`1e-05` that `dvc exp run -S lr=1e-5` writes is a string, `010` is 8, `1:30` is 90 and `no` is
false. Here plain words follow the core schema of YAML 1.2.2 (section 10.3.2), so that no stage
computes with another number than DVC records. A quoted '1e-05' stays a string, and so do
hexadecimal and octal numbers.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from stages.common.errors import PipelineError

_TAG = "tag:yaml.org,2002:"
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"
# What a plain word is, and the characters that it may begin with; all others are strings.
_PLAIN_WORDS = (
    ("merge", r"<<$", ["<"]),  # of YAML 1.1, kept by DVC
    ("null", r"(null|Null|NULL|~|)$", ["~", "n", "N", ""]),
    ("bool", r"(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"[-+]?[0-9]+$", list("-+0123456789")),
    ("float", _FLOAT, list("-+.0123456789")),
    ("float", r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$", list("-+.")),
)


class _StrictLoader(yaml.composer.Composer, yaml.CSafeLoader):
    # PyYAML's own name and type. Empty: disables the types of YAML 1.1.
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, content: bytes) -> None:
        # The composer in Python ends in a RecursionError where that in C crashes the process.
        yaml.composer.Composer.__init__(self)
        yaml.CSafeLoader.__init__(self, content)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key_node, yaml.ScalarNode):
                continue
            if key_node.value in seen:
                problem = f"the key {key_node.value!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)

    def construct_decimal(self, node: yaml.ScalarNode) -> int:
        return int(self.construct_scalar(node))


for _kind, _pattern, _first in _PLAIN_WORDS:
    _StrictLoader.add_implicit_resolver(_TAG + _kind, re.compile(_pattern), _first)
_StrictLoader.add_constructor(_TAG + "int", _StrictLoader.construct_decimal)


def read_yaml(path: Path, error: type[PipelineError]) -> Any:
    """Return what the YAML file at `path` holds; raise `error` of one line if it is not valid."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        advice = f"run from the repository's root, or `git restore {path}`"
        raise error(f"{path}: there is no such file; {advice}") from None
    return parse_yaml(content, str(path), error)


def parse_yaml(content: bytes, name: str, error: type[PipelineError]) -> Any:
    """Return what YAML bytes hold; raise `error` of one line, with `name`, if not valid."""
    try:
        return yaml.load(content, Loader=_StrictLoader)  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as problem:
        line = f" line {problem.problem_mark.line + 1}:" if problem.problem_mark else ""
        what = " ".join(filter(None, (problem.context, problem.problem)))
        if "cannot start any token" in what:
            what += " (a tab? indent with spaces)"
        raise error(f"{name}:{line} not valid YAML: {what}") from problem
    # ValueError: not UTF-8, or a number of thousands of digits.
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        what = " ".join(str(problem).split())[:200]
        raise error(f"{name}: not valid YAML: {what}") from problem
    # PyYAML's constructors raise these on `!!bool maybe` and the like.
    except (LookupError, AttributeError) as problem:
        what = "a value is not of the type that its tag (!!...) says"
        raise error(f"{name}: not valid YAML: {what}") from problem
