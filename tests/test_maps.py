"""Each folder of code has a map: an __init__.py of a sentence and the list of its modules."""

import ast
from pathlib import Path

import pytest

from tests.support.project import ROOT

FOLDERS = sorted(
    {path.parent for top in ("dev", "stages", "tools") for path in (ROOT / top).rglob("*.py")}
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_map_lists_what_is_in_its_folder(folder: Path) -> None:
    """The last paragraph of the docstring begins each line with a module or folder, each once."""
    docstring = (
        ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    )
    sentence, *_, listed = docstring.split("\n\n")
    assert sentence.endswith(".")
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    folders = {path.name for path in folder.iterdir() if path in FOLDERS}
    assert sorted(line.split()[0] for line in listed.splitlines()) == sorted(modules | folders)
