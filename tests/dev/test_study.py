"""The pictures of docs/study.md are those of the figures beside them."""

import io
import re

import pytest
from PIL import Image

from dev.study import STUDY, draw
from tests.support.project import ROOT


def size_of(picture: bytes) -> tuple[int, int]:
    """Return the width and the height of a PNG."""
    return Image.open(io.BytesIO(picture)).size


def test_every_picture_of_the_study_is_drawn_from_its_figures() -> None:
    """All pictures that the page shows are drawn, as large as those that are committed."""
    page = (ROOT / "docs/study.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\]\(study/(\S+\.png)\)", page))
    assert len(shown) == 4
    for name in {path.split("/")[0] for path in shown}:
        for picture, drawn in draw(ROOT / STUDY / name).items():
            committed = (ROOT / STUDY / name / picture).read_bytes()
            # Other fonts leave the plots a few pixels more or less.
            assert size_of(drawn) == pytest.approx(size_of(committed), rel=0.05)
            shown.remove(f"{name}/{picture}")
    assert not shown
