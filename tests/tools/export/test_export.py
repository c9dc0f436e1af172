"""`python -m tools.export` on what the pipeline left, and its files where there is no MXNet."""

import importlib.util
import json
import re
import shutil
import subprocess
import venv
from pathlib import Path

import numpy as np
import onnx
import pytest

from stages.common.dataset import load_info, load_split
from stages.common.errors import DataError
from stages.common.model import load_model
from tests.support.project import Project
from tools.export.__main__ import main
from tools.export.origin import ReleaseError, read_origin
from tools.runs.lock import parse_lock

ABSENT = ("mxnet", "onnx", "stages", "dvc")


@pytest.fixture
def plain_python(tmp_path: Path) -> Path:
    """Return a Python that has NumPy and onnxruntime, and nothing else.

    It is a real virtual environment, whose packages are links to those that run the tests.
    """
    venv.create(tmp_path / "plain", symlinks=True)
    [site] = (tmp_path / "plain").glob("lib/python*/site-packages")
    for name in ("numpy", "onnxruntime"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        package = Path(str(spec.origin)).parent
        (site / name).symlink_to(package)
        libraries = package.with_name(f"{name}.libs")
        if libraries.is_dir():
            (site / libraries.name).symlink_to(libraries)
    return tmp_path / "plain/bin/python"


def test_the_export_is_written_and_used_without_mxnet(
    reproduced: Project, plain_python: Path
) -> None:
    """In a Python without MXNet, the card's own lines and the file give the classes of evaluate."""
    printed = reproduced.run("python", "-m", "tools.export").stdout
    head = reproduced.run("git", "rev-parse", "HEAD").stdout[:12]
    assert printed.startswith(f"Made from commit {head}, without changes, with its results\n")
    assert "the same class on 60 of 60 test images, logits within" in printed
    out = reproduced.path("export")
    assert {path.name for path in out.iterdir()} == {"model.onnx", "README.md", "index.html"}
    info = load_info(reproduced.path("data/prepared"))
    test = load_split(reproduced.path("data/prepared"), "test", info)
    np.save(out / "images.npy", test.images)
    [snippet] = re.findall(
        r"```python\n(.*?)```", (out / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    code = (
        "import importlib.util as modules, json\n"
        f"assert not any(map(modules.find_spec, {ABSENT}))\n{snippet}\n"
        "run = session.run(['logits', 'class'], {'images': np.load('images.npy')})\n"
        "print(json.dumps([each.tolist() for each in run]))\n"
    )
    command = [str(plain_python), "-I", "-c", code]
    done = subprocess.run(command, cwd=out, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    first, figures = done.stdout.splitlines()
    assert first.split(" 0.")[0] in info.classes
    logits, predicted = json.loads(figures)
    wanted = load_model(reproduced.path("data/model")).logits(test.images)
    np.testing.assert_allclose(logits, wanted, atol=1e-5)
    assert predicted == wanted.argmax(axis=1).tolist()
    accuracy = json.loads(reproduced.path("metrics/evaluate.json").read_text(encoding="utf-8"))[
        "test_accuracy"
    ]
    assert round(float((predicted == test.labels).mean()), 6) == accuracy


def test_what_no_commit_holds_is_said_and_not_released(
    reproduced: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed param is named in the first line and in all three files; a release refuses it."""
    reproduced.set_params(lr=0.2)
    monkeypatch.chdir(reproduced.folder)
    with pytest.raises(ReleaseError, match=r"^refused: params\.yaml differs from \w+ \w{12}; lr"):
        main(["--release"])
    assert not Path("export").exists()
    main([])
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("Not reproducible: params.yaml differs from commit ")
    assert first.endswith("; lr changed since the results were made")
    assert f"> **{first}.**\n\n# " in Path("export/README.md").read_text(encoding="utf-8")
    assert f" {first}.</p>" in Path("export/index.html").read_text(encoding="utf-8")
    entries = onnx.load("export/model.onnx").metadata_props
    metadata = {entry.key: entry.value for entry in entries}
    assert (metadata["clean"], metadata["stale"]) == ("false", "lr")
    lock = parse_lock(Path("dvc.lock").read_bytes())
    assert metadata["md5 of data/prepared"] == lock.written["data/prepared"]
    assert metadata["md5 of requirements/base.lock"]


def test_a_copy_without_git_is_of_no_commit(
    reproduced: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no repository the origin says so, and holds the digests all the same."""
    (tmp_path / "copy").mkdir()
    shutil.copy(reproduced.path("dvc.lock"), tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    origin = read_origin()
    assert origin.sentence == "Not reproducible: it is of no commit: this is no git repository"
    assert set(origin.digests) == {"dvc.lock", "data/prepared", "requirements/base.lock"}


def test_metrics_of_another_model_are_refused(
    reproduced: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the metrics are not of this model, one line says so, and nothing is written."""
    path = reproduced.path("metrics/evaluate.json")
    metrics = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(
        json.dumps(metrics | {"test_loss": metrics["test_loss"] + 0.01}), encoding="utf-8"
    )
    monkeypatch.chdir(reproduced.folder)
    line = (
        r"^metrics/evaluate.json: its test loss is [\d.]+, the model's [\d.]+; "
        r"`dvc repro` evaluates this model$"
    )
    with pytest.raises(DataError, match=line):
        main([])
    assert not reproduced.path("export").exists()


@pytest.mark.usefixtures("here")
def test_a_clone_without_results_says_what_to_do() -> None:
    """Before the first run there is nothing to export."""
    with pytest.raises(DataError, match=r"^dvc.lock: there is no such file; `dvc repro` or"):
        main([])
