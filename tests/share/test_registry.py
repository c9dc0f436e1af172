"""What docs/share.md says about the registry: a model by its name, from another repository."""

import json
from pathlib import Path

import numpy as np
import pytest
from dvc.exceptions import ArtifactNotFoundError
from dvc.repo import Repo

from tests.support.project import FirstRun, Project, git
from tests.support.sharing import colleague, documented, type_in
from tests.support.synthetic import CLASSES, images_and_labels

pytestmark = pytest.mark.slow

REGISTRY = "The registry: a model by its name"
NAME = "fashion-mnist-softmax"  # in the document; here the dataset is called shapes


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of the files in a folder, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_model_by_its_name(first_run: FirstRun, team: Project, tmp_path: Path) -> None:
    """A registered model is fetched by stage and by version elsewhere, and predicts there."""
    origin = git(team.folder, "remote", "get-url", "origin").strip()
    registered = type_in(team, documented(REGISTRY, words={NAME: "shapes-softmax"}))
    assert "│ shapes-softmax │ v1.0.0   │ v1.0.0  │" in registered

    other = Project(tmp_path / "another repository", team.environment)
    other.folder.mkdir()
    git(other.folder, "init", "-q")
    type_in(other, documented(REGISTRY, 1, {"URL": origin, NAME: "shapes-softmax"}))
    model = files(first_run.project.path("data/model"))
    for name in ("softmax", "model"):
        assert files(other.path(name)) == model

    images, labels = images_and_labels(30, seed=4)
    np.save(other.path("images.npy"), images)
    clone = colleague(team, tmp_path / "b")  # nothing ran in it, and it has pulled nothing
    words = {
        "softmax": f"'{other.path('softmax')}'",
        "shoe.jpg": f"'{other.path('images.npy')}' --format json",
    }
    predicted = json.loads(type_in(clone, documented(REGISTRY, 2, words)))
    assert [each["class"] for each in predicted] == [CLASSES[label] for label in labels]


def test_the_name_does_not_lie(team: Project, tmp_path: Path) -> None:
    """Where another dataset was trained, the model has that one's name and not the first one's."""
    clone = colleague(team, tmp_path / "b")
    clone.set_params(dataset="birds")
    artifacts = Repo(clone.folder).artifacts
    assert artifacts.get_path("birds-softmax") == "data/model"
    with pytest.raises(ArtifactNotFoundError, match="'shapes-softmax'"):
        artifacts.get_path("shapes-softmax")
    ((described,),) = (each.values() for each in artifacts.read().values())
    assert "birds" in described.desc
