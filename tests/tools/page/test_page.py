"""The page of a search or a comparison in a real browser without a network."""

import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser import DESKTOP, PHONE, Browser, offline_browser, wait_for_charts
from tests.support.curves import mean_curve_to
from tests.support.experiments import files_of_run, new_recorded_project, record
from tools.compare.__main__ import read_curves
from tools.compare.experiments import load_experiments
from tools.compare.page import content_of
from tools.page import html
from tools.page.axis import FEW, axis_of
from tools.page.content import Content, Trial
from tools.page.render import render
from tools.page.table import Table
from tools.runs.ranking import rank

CHARTS = ("history", "parallel", "importance", "loss", "accuracy")
HEADING = "search-1 leads search-2 by 0.0012 ± 0.0006 nats over 3 seeds: more than noise."


def trials_of_chance(count: int) -> list[Trial]:
    """Return trials of which every fifth is pruned and the best has the highest rate."""
    draw = random.Random(0)
    trials = []
    for number in range(count):
        rate = float(f"{10 ** draw.uniform(-2, 0):.4g}")
        params = {"lr": rate, "batch_size": draw.choice([64, 128]), "lr_schedule": "cosine"}
        state = "pruned" if number % 5 == 4 else "complete"
        trials.append(Trial(state, params, 0.4 - math.log10(rate) / 10, f"trial {number}"))
    trials.append(Trial("failed", params, None, f"trial {count}"))
    return trials


CONTENT = Content(
    kind="Search",
    one="trial",
    many="trials",
    verdict=HEADING,
    next_command="dvc exp apply search-1-seed-0",
    facts="41 trials",
    best_title="Finalists",
    best=Table("Means", ["finalist", "val_loss"], [["a", "0.4"], ["b", "0.5"]]),
    curves={"search-1": mean_curve_to(0.4), "search-2": mean_curve_to(0.5)},
    trials=trials_of_chance(40),
    logarithmic=["lr"],
    importance={"lr": 0.9, "batch_size": 0.1},
    importance_note="</script> & 'quoted'",
    all=Table("One seed each", ["trial", "state"], [["trial 0", "complete"]]),
    settings="trials: 41 # <b>",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page, written."""
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(render([CONTENT], title="Search"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give a browser."""
    with offline_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def show(browser: Browser, page: Path, size: tuple[int, int] = DESKTOP) -> None:
    """Open the page and wait until its charts are drawn."""
    browser.open(page, size)
    wait_for_charts(browser)


def text_of(browser: Browser, selector: str) -> str:
    """Return the text of an element."""
    return browser.driver.find_element(By.CSS_SELECTOR, selector).text


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_chart_is_drawn_without_a_network(
    browser: Browser, page: Path, size: tuple[int, int]
) -> None:
    """On a desktop and a phone all charts are drawn, without errors, no wider than the screen."""
    show(browser, page, size)
    assert text_of(browser, "#verdict") == HEADING
    for name in CHARTS:
        drawing = browser.driver.find_element(By.CSS_SELECTOR, f"#{name} svg")
        assert 250 <= drawing.size["width"] <= size[0]
        assert drawing.size["height"] >= 60
    points = browser.driver.find_elements(By.CSS_SELECTOR, "#history .mark-symbol path")
    assert len(points) >= 40  # with those of the legend; the failed trial has no loss
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "#parallel .lines path")) == 32
    assert browser.width() <= size[0]
    assert browser.violations() == []
    assert browser.errors() == []


def test_a_comparison_draws_a_line_for_each_set_of_params(browser: Browser, here: Path) -> None:
    """Seeds are one line, with their mean and spread; runs on other images are a part below."""
    new_recorded_project(here, files_of_run())
    runs = {
        f"rate-{lr}-seed-{seed}": files_of_run(lr=lr, seed=seed, val_loss=lr + seed / 100)
        for lr in (0.3, 0.4, 0.5)
        for seed in (1, 2, 3)
    }
    runs |= {f"half-{seed}": files_of_run(val_fraction=0.5, seed=seed) for seed in (0, 1)}
    record(here, runs)
    experiments = load_experiments(["rate-*", "half-*"])
    contents = [
        content_of(each, experiments, read_curves(each)[0]) for each in rank(experiments.runs)
    ]
    path = here / "index.html"
    path.write_text(render(contents, title="Comparison"), encoding="utf-8")
    for size in (DESKTOP, PHONE):
        show(browser, path, size)
        headings = browser.driver.find_elements(By.TAG_NAME, "h1")
        assert [each.text.split()[-3] for each in headings] == ["rate-0.3-seed-1", "half-0"]
        drawn = {"#parallel .lines path": 3, "#history .layer_1_marks line": 3, "#loss-2 svg": 1}
        for selector, count in drawn.items():
            assert len(browser.driver.find_elements(By.CSS_SELECTOR, selector)) == count
        chosen = text_of(browser, ".chosen output")
        assert chosen.startswith("3 of 3 sets of params; the best: rate-0.3-seed-1 +2, rank 1: ")
        assert "loss 0.3200 ± 0.0100" in chosen
        assert browser.width() <= size[0]
        assert browser.violations() == []
        assert browser.errors() == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_brush_keeps_the_trials_that_cross_it(
    browser: Browser, page: Path, size: tuple[int, int]
) -> None:
    """A drag along the axis of the rate keeps the trials in that range; the button shows all."""
    show(browser, page, size)
    assert text_of(browser, ".chosen output").startswith(
        "32 of 32 complete trials; the best: trial "
    )
    chart = browser.driver.find_element(By.ID, "parallel")
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", chart)
    # The axis of the rate stands at the left of a desktop and lies on top on a phone, 40 pixels
    # from the edges of the chart. From its middle to its end are the higher rates.
    width, height = chart.size["width"], chart.size["height"]
    across, along = 40 - width // 2, 40 - height // 2  # of the axis, from the middle of the chart
    start = (across, 0) if size == DESKTOP else (0, along)
    drag = (0, -140) if size == DESKTOP else (width // 2 - 42, 0)
    pointer = ActionChains(browser.driver, duration=50)
    pointer.move_to_element_with_offset(chart, *start).click_and_hold()
    pointer.move_by_offset(*drag).release().perform()
    rates = [math.log10(each.params["lr"]) for each in CONTENT.trials if each.state == "complete"]
    kept = sum(rate > (min(rates) + max(rates)) / 2 for rate in rates)
    assert 0 < kept < 32
    shown = int(text_of(browser, ".chosen output").split()[0])
    assert abs(shown - kept) <= 2  # the middle of the chart is not quite that of the axis
    browser.driver.find_element(By.CSS_SELECTOR, ".chosen button").click()
    assert text_of(browser, ".chosen output").startswith("32 of 32 complete trials")
    assert browser.errors() == []


def test_dark_colours_follow_the_system(browser: Browser, page: Path) -> None:
    """Where the system is dark the charts are drawn in the page's dark colours."""
    inks = set()
    for scheme in ("light", "dark"):
        browser.media(prefers_color_scheme=scheme)
        show(browser, page)
        assert browser.violations() == []
        label = browser.driver.find_element(By.CSS_SELECTOR, "#history .role-axis-title text")
        inks.add(label.value_of_css_property("fill"))
    assert len(inks) == 2
    assert browser.errors() == []


def test_the_keyboard_keeps_a_range_of_an_axis(browser: Browser, page: Path) -> None:
    """A slider keeps what a drag along its axis would; the button sets it back."""
    show(browser, page)
    browser.driver.execute_script("document.querySelector('.chosen + details').open = true")
    sliders = browser.driver.find_elements(By.CSS_SELECTOR, ".sliders input")
    assert len(sliders) == 6  # two for the rate, the batch size and the loss; one schedule has none
    sliders[0].send_keys(Keys.HOME, *[Keys.ARROW_RIGHT] * 10)
    complete = [each for each in CONTENT.trials if each.state == "complete"]
    eleventh = sorted(each.params["lr"] for each in complete)[10]
    label = browser.driver.find_element(By.CSS_SELECTOR, ".sliders label")
    assert label.text == f"lr at least {eleventh:.4g}"
    assert text_of(browser, ".chosen output").startswith("22 of 32 complete trials")
    browser.driver.find_element(By.CSS_SELECTOR, ".chosen button").click()
    assert sliders[0].get_attribute("value") == "0"


def test_a_table_says_that_it_is_cut(browser: Browser, tmp_path: Path) -> None:
    """On a phone the row's name stays beside what is scrolled to; on paper nothing is cut."""
    header = ["finalist", *(f"column {number}" for number in range(9))]
    wide = Table("Means", header, [["a", *["0.4000 ± 0.0100"] * 9]])
    path = tmp_path / "index.html"
    path.write_text(html.document("Wide", html.section("Wide", html.table(wide))), encoding="utf-8")
    browser.open(path, PHONE)
    box = browser.driver.find_element(By.CLASS_NAME, "scroll")
    name = browser.driver.find_element(By.CSS_SELECTOR, "tbody th")
    assert "cut" in (box.get_attribute("class") or "")
    before = name.location["x"]
    browser.driver.execute_script("arguments[0].scrollLeft = 9999", box)
    assert name.location["x"] == before
    WebDriverWait(browser.driver, 10).until(lambda _: box.get_attribute("class") == "scroll")
    browser.media(media="print")
    browser.open(path, (700, 900))
    assert browser.width() <= 700
    browser.media()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_told_from_the_page(scheme: str) -> None:
    """Lines, dots and bars have a contrast of 3 at least against their card, and text of 4.5."""
    css = (Path(html.__file__).parent / "page.css").read_text(encoding="utf-8")
    light, dark, *_ = css.split("@media")
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", light + dark * (scheme == "dark")))

    def luminance(name: str) -> float:
        parts = [int(colours[name][at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(name: str) -> float:
        low, high = sorted((luminance(name), luminance("card")))
        return (high + 0.05) / (low + 0.05)

    assert min(map(contrast, ("series-1", "series-1-soft", "series-2", "faint"))) >= 3
    assert min(map(contrast, ("ink", "soft", "good", "bad"))) >= 4.5


@pytest.mark.parametrize(
    ("values", "log", "ticks"),
    [
        ([64, 256, 128], False, [("64", 0.0), ("128", 0.5), ("256", 1.0)]),
        (["cosine", "constant"], False, [("constant", 0.0), ("cosine", 1.0)]),
        ([n / 10 for n in range(11)], False, [("0", 0.0), ("0.2", 0.2), ("1", 1.0)]),
        ([n / 10 for n in range(11)], None, [("0", 0.0), ("0.2", 0.2), ("1", 1.0)]),
        ([10.0**-n for n in range(9)], True, [("1e-08", 0.0), ("0.0001", 0.5), ("1", 1.0)]),
        ([10.0**-n for n in range(9)], None, [("1e-08", 0.0), ("0.0001", 0.5), ("1", 1.0)]),
        ([0.0, *(10.0**-n for n in range(1, 10))], None, [("0", 0.0), ("1e-09", 0.08)]),
        ([0.3 + n / 100 for n in range(11)], True, [("0.3", 0.0), ("0.4", 1.0)]),
        ([0.5], False, [("0.5", 0.5)]),
    ],
)
def test_an_axis_has_round_numbers(
    values: list[Any], log: bool | None, ticks: list[tuple[str, float]]
) -> None:
    """Few values have a place each; many lie on a scale with round numbers, linear or not."""
    axis = axis_of("param", values, log=log)
    assert {text: axis.ticks[text] for text, _ in ticks} == pytest.approx(dict(ticks))
    assert len(axis.ticks) <= FEW
    places = [axis.places[value] for value in sorted(values)]
    assert places == sorted(places)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in [*places, *axis.ticks.values()])
