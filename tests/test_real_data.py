"""The chapter's figures on the real Fashion-MNIST, which is fetched once a session."""

import os
from pathlib import Path

import pytest

from stages.common.catalogue import load_entry
from stages.common.dataset import PIXEL_SCALE, DatasetInfo, Split
from stages.common.errors import SourceError
from stages.common.gluon.training import Fit
from stages.common.idx import read_idx
from stages.common.model import Model
from stages.download import RAW_NAMES, download
from stages.evaluate import evaluate
from tests.support.project import ROOT
from tests.support.training import params_of, run_fit

pytestmark = pytest.mark.real_data
DATASET = "fashion-mnist"
CATALOGUE = ROOT / "data/datasets"
CHAPTER: dict[str, object] = {"val_fraction": 0.0, "batch_size": 256, "epochs": 5}
# Of the decompressed files of the release of 2017-08-31.
SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the four files, from data/raw if the pipeline ran here."""
    folder = tmp_path_factory.mktemp("raw")
    given = os.environ.get("DATASET_SOURCE") or str(ROOT / "data/raw")
    try:
        download(DATASET, load_entry(DATASET, CATALOGUE), folder, given)
    except SourceError as error:
        reason = " ".join(str(error).split())
        assert "the catalogue says" not in reason, reason  # a source has other files
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def splits(raw: Path) -> tuple[Split, Split]:
    """Return all 60,000 training images, as `val_fraction: 0` has them, and the test split."""
    train, test = (
        Split(
            read_idx(raw / f"{part}-images-idx3-ubyte", ndim=3),
            read_idx(raw / f"{part}-labels-idx1-ubyte", ndim=1),
        )
        for part in ("train", "t10k")
    )
    return train, test


def train_on(train: Split, **changed: object) -> tuple[Fit, DatasetInfo]:
    """Train as the chapter does, or with some params changed, without validation."""
    info = DatasetInfo(DATASET, tuple(load_entry(DATASET, CATALOGUE).classes), 28, 28, "object")
    nothing = Split(train.images[:0], train.labels[:0])
    return run_fit(params_of(**(CHAPTER | changed)), train, nothing, info=info), info


def test_the_catalogue_has_the_digests_of_the_release_of_2017_08_31() -> None:
    """The catalogue's digests are those that the release is known by, written down here again."""
    files = load_entry(DATASET, CATALOGUE).files
    assert {RAW_NAMES[key]: file.sha256 for key, file in files.items()} == SHA256


def test_the_chapters_protocol_gives_its_figures(splits: tuple[Split, Split]) -> None:
    """Five epochs on all training images end at loss 0.486 and training accuracy 0.836."""
    fitted, _ = train_on(splits[0])
    assert fitted.kept.number == 5
    assert fitted.kept.train_loss == pytest.approx(0.486, abs=0.005)
    assert fitted.kept.train_accuracy == pytest.approx(0.836, abs=0.003)


@pytest.mark.slow
def test_a_better_recipe_reaches_what_a_linear_model_can(splits: tuple[Split, Split]) -> None:
    """Twenty epochs of batch 64 and a rate that falls from 0.2 reach a test accuracy of 0.843."""
    train, test = splits
    fitted, info = train_on(train, epochs=20, batch_size=64, lr=0.2, lr_schedule="cosine")
    result = evaluate(Model(fitted.weight, fitted.bias, PIXEL_SCALE, info, {}), test)
    assert result.accuracy >= 0.843
