"""What a stage uses is written down, and held against dvc.yaml."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT, Project, link_environment, write_params
from tools.verify.rerun import WATCH


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("print(params.lr)", {"lr"}),
        ("p = params; print(getattr(p, 'momen' + 'tum'))", {"momentum"}),
        ("print(params.model_dump(include={'lr', 'epochs'}))", {"lr", "epochs"}),
        ("print('no param', isinstance(params, Params))", set()),
        ("print(params.lr); raise SystemExit(3)", {"lr"}),
    ],
)
def test_each_way_to_read_a_param_is_seen(tmp_path: Path, code: str, read: set[str]) -> None:
    """Attributes under any name, dumps, and a stage that fails are written down, no others."""
    write_params(tmp_path)
    (tmp_path / "stages").symlink_to(ROOT / "stages")
    (tmp_path / "mine.py").write_text(
        f"from stages.common.params import Params, load_params\nparams = load_params()\n{code}\n",
        encoding="utf-8",
    )
    command = [sys.executable, str(WATCH), str(tmp_path), "-m", "mine"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == (3 if "Exit" in code else 0), done.stderr
    used = json.loads((tmp_path / "mine.json").read_bytes())
    assert set(used["params"]) == read
    assert used["modules"] == ["mine.py"]  # the rest lies elsewhere


def test_only_what_the_stage_imports_counts(tmp_path: Path) -> None:
    """A stage that reads no params has not imported their module."""
    shutil.copytree(ROOT / "stages", tmp_path / "stages")
    (tmp_path / "mine.py").write_text("import stages.common.errors\n", encoding="utf-8")
    command = [sys.executable, str(WATCH), str(tmp_path), "-m", "mine"]
    subprocess.run(command, cwd=tmp_path, check=True)
    used = json.loads((tmp_path / "mine.json").read_bytes())
    assert used["params"] == []
    modules = [name for name in used["modules"] if not name.endswith("__init__.py")]
    assert modules == ["mine.py", "stages/common/errors.py"]


@pytest.mark.slow
def test_what_dvc_yaml_does_not_name_is_found(reproduced: Project, tmp_path: Path) -> None:
    """A param and a module that only the code knows fail a run whose results are up to date."""
    stage = reproduced.path("stages/preprocess.py")
    more = "    import stages.extra\n    print(params.momentum)\n"
    text = stage.read_text(encoding="utf-8").replace(
        "    params = load_params()\n", f"    params = load_params()\n{more}", 1
    )
    stage.write_text(text, encoding="utf-8")
    reproduced.path("stages/extra.py").touch()
    reproduced.run("dvc", "repro")
    reproduced.commit("Read a param that dvc.yaml does not name")
    assert "up to date" in reproduced.run("dvc", "status").stdout
    link_environment(reproduced)
    done = reproduced.run("make", "verify", "REV=HEAD", status=2)
    assert "preprocess reads the param momentum, preprocess imports stages/extra.py" in done.stderr
    assert "Not tracked" in done.stderr
    assert "Stale" not in done.stderr
