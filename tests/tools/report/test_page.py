"""The page in a real browser without a network."""

from pathlib import Path

from selenium.webdriver.common.by import By

from tests.support.browser import DESKTOP, PHONE, offline_browser, wait_for_charts
from tests.support.runs import commit_run, repository, write_run
from tools.report import gate
from tools.report.__main__ import change_from
from tools.report.page import render
from tools.report.text import verdict
from tools.runs.revision import commit


def test_page_opens_without_network_on_desktop_and_phone(here: Path) -> None:
    """The page shows the verdict, every chart and picture, and is as wide as the screen at most."""
    repository(here)
    write_run(here, wrong=range(60))
    commit_run(here)
    write_run(here, wrong=range(0, 60, 3), test_wrong=range(9), lr=0.2)
    change = change_from(commit("main"))
    conditions = [gate.parse("test_accuracy < base"), gate.parse("val_loss < 1")]
    page = here / "report.html"
    page.write_text(render(change, gate.judge(conditions, change)), encoding="utf-8")
    with offline_browser(here / "profile") as browser:
        for size in (DESKTOP, PHONE):
            browser.open(page, size)
            shown = browser.driver.find_element(By.ID, "verdict").text
            assert shown.replace("\xa0", " ") == verdict(change)
            wait_for_charts(browser)
            browser.driver.find_element(By.XPATH, "//summary[contains(., 'test metrics')]").click()
            for name in ("loss", "accuracy", "confusion-val", "confusion-test"):
                drawing = browser.driver.find_element(By.CSS_SELECTOR, f"#{name} svg")
                assert 250 <= drawing.size["width"] <= size[0]
            pictures = browser.driver.find_elements(By.TAG_NAME, "img")
            assert [each.get_attribute("alt") for each in pictures] == [
                "plots/reliability.png, the same before and after"
            ]
            assert browser.broken_pictures() == []
            assert browser.width() <= size[0]
            assert browser.violations() == []
        assert browser.errors() == []
        browser.media(forced_colors="active")
        bar = browser.driver.find_element(By.CSS_SELECTOR, ".bar i")
        card = browser.driver.find_element(By.TAG_NAME, "section")
        colours = {each.value_of_css_property("background-color") for each in (bar, card)}
        assert len(colours) == 2  # the bar is seen where the system sets the colours


def test_browser_tells_a_broken_page(here: Path) -> None:
    """The checks see a picture, an error, a page too wide, and what axe calls wrong."""
    page = here / "broken.html"
    picture = "<img alt='gone' src='https://example.com/x.png'>"
    page.write_text(
        f"<script>missing()</script>{picture}<p style='width:2000px'>wide</p>", encoding="utf-8"
    )
    with offline_browser(here / "profile") as browser:
        browser.open(page, PHONE)
        assert browser.broken_pictures() == ["gone"]
        assert browser.width() > PHONE[0]
        assert any("missing is not defined" in error for error in browser.errors())
        assert any(each.startswith("html-has-lang") for each in browser.violations())
