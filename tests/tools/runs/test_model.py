"""Whether data/model is the model of the commit that is checked out, with a real DVC."""

import pytest

from tests.support.project import Project


@pytest.mark.parametrize(
    "command", [("tools.predict", "photo.png"), ("tools.export",), ("tools.report", "HEAD")]
)
def test_model_of_another_branch_gives_no_answer(
    reproduced: Project, command: tuple[str, ...]
) -> None:
    """After `git switch` without `dvc checkout` each command stops and names it, or goes on."""
    project = reproduced
    project.path("photo.png").write_bytes(project.path("plots/confusion.png").read_bytes())
    # What a file browser leaves is not the model.
    project.path("data/model/.DS_Store").write_bytes(b"junk")
    with project.path(".dvcignore").open("a", encoding="utf-8") as file:
        file.write(".DS_Store\n")
    project.run("python", "-m", *command)
    # The dvc.lock of a branch with another model.
    lines = project.path("dvc.lock").read_text(encoding="utf-8").splitlines()
    lines[lines.index("    - path: data/model") + 2] = f"      md5: {'0' * 32}.dir"
    project.path("dvc.lock").write_text("\n".join(lines), encoding="utf-8")
    said = project.run("python", "-m", *command, status=1).stderr
    assert "data/model: not the model that dvc.lock records; `dvc checkout` brings" in said
    assert said.count("\n") == 1
