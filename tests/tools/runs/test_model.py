"""Whether data/model is the model of the commit that is checked out, with a real DVC."""

from pathlib import Path

import pytest

from tests.support.linear import model_and_test
from tests.support.project import Project, write_params
from tools.runs.model import changed_params


@pytest.mark.parametrize(
    "command", [("tools.predict", "photo.png"), ("tools.export",), ("tools.report", "HEAD")]
)
def test_model_of_another_branch_gives_no_answer(
    reproduced: Project, command: tuple[str, ...]
) -> None:
    """After `git switch` without `dvc checkout` each command stops and names it, or goes on."""
    project = reproduced
    project.path("photo.png").write_bytes(project.path("plots/confusion.png").read_bytes())
    # What programs leave is not the model.
    for junk in (".DS_Store", "#model.json#"):
        project.path(f"data/model/{junk}").write_bytes(b"junk")
    project.run("python", "-m", *command)
    # The dvc.lock of a branch with another model.
    lines = project.path("dvc.lock").read_text(encoding="utf-8").splitlines()
    lines[lines.index("    - path: data/model") + 2] = f"      md5: {'0' * 32}.dir"
    project.path("dvc.lock").write_text("\n".join(lines), encoding="utf-8")
    said = project.run("python", "-m", *command, status=1).stderr
    assert "data/model: not the model that dvc.lock records; `dvc checkout` brings" in said
    assert said.count("\n") == 1


def test_params_that_changed_since_the_model_was_trained_are_named(here: Path) -> None:
    """The values in params.yaml are held against the model's; without a right file, none are."""
    model, _ = model_and_test()
    write_params(here, **model.params)
    assert changed_params(model) == []
    write_params(here, **model.params | {"lr": 0.2, "seed": 7}, dataset="birds")
    assert changed_params(model) == ["dataset", "lr"]  # this model does not know its seed
    (here / "params.yaml").unlink()
    assert changed_params(model) == []


def test_predict_names_what_makes_a_model_stale(reproduced: Project) -> None:
    """A param that changed since training is named on standard error; the answer comes."""
    reproduced.set_params(lr=0.2)
    done = reproduced.run("python", "-m", "tools.predict", "data/raw/t10k-images-idx3-ubyte")
    assert done.stderr.startswith("predict: the model is stale: lr changed since it was trained;")
    assert len(done.stdout.splitlines()) == 61
