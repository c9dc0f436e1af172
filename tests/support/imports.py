"""What the modules of the project import, by their syntax trees, also inside functions."""

import ast
from pathlib import Path

from tests.support.project import ROOT


def imported_names(path: Path) -> set[str]:
    """Return the dotted names that a file imports.

    `from a import b` gives both a and a.b, because b may be a module.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import; the walk follows absolute ones"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def module_file(name: str) -> Path | None:
    """Return the project's file of a dotted name, relative to the root, if there is one."""
    path = Path(*name.split(".")).with_suffix(".py")
    return path if (ROOT / path).is_file() else None


def project_files(start: Path) -> set[Path]:
    """Return a file and the project's files that it imports, however indirectly."""
    found, pending = set(), {start}
    while pending:
        path = pending.pop()
        found.add(path)
        imported = {module_file(name) for name in imported_names(ROOT / path)}
        pending |= {file for file in imported if file} - found
    return found
