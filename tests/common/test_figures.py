"""How names of any script and sign are drawn."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from stages.common import charts, figures

ODD_NAMES = (r"$\frac$", "a_b^c $5", 'a, "b"', "한국어", "日本語", "العربية", "हिन्दी")


def test_names_of_any_script_and_sign_are_drawn(tmp_path: Path) -> None:
    """Class names with mathtext, quotes or letters of any script give a picture and no warning."""
    count = len(ODD_NAMES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures.save(charts.confusion(np.eye(count, dtype=int), ODD_NAMES), tmp_path / "a.png")
    assert np.ptp(imread(tmp_path / "a.png")) > 0


def test_a_dollar_sign_is_drawn_as_it_is() -> None:
    """Text between dollar signs, which matplotlib takes for mathematics, is drawn as written."""
    figure = charts.confusion(np.eye(2, dtype=int), ("$x$", "y"))
    figures.png(figure)
    shown = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    assert not any(text.get_parse_math() for text in shown)
    assert any(text.get_text() == "$x$" for text in shown)


def test_a_script_without_a_font_is_one_line_of_advice(capsys: pytest.CaptureFixture[str]) -> None:
    """Letters that no installed font has are named on one line, with what to install."""
    figure = charts.confusion(np.eye(2, dtype=int), ("\U000f0000", "plain"))  # of private use
    figures.png(figure)
    assert capsys.readouterr().err == ""  # not printable: nothing to install for it
    figure = charts.confusion(np.eye(2, dtype=int), ("\U00013000", "plain"))  # a hieroglyph
    figures.png(figure)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("no font here draws '\U00013000'")
    assert "install" in line


def test_a_fallback_font_is_used_only_where_it_is_needed() -> None:
    """Latin names are drawn in matplotlib's own font, which is the same anywhere."""
    figure = charts.confusion(np.eye(2, dtype=int), ("Bag", "Trouser"))
    figures.png(figure)
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    families = {tuple(text.get_fontfamily()) for text in texts}
    assert families == {("DejaVu Sans",)}
