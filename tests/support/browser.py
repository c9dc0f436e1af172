"""A real Chromium without a network, and what a page did in it."""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no host has an address
)  # fmt: skip
DESKTOP, PHONE = (1280, 900), (390, 844)


@dataclass(frozen=True)
class Browser:
    """A browser that shows pages from disk."""

    driver: Chrome

    def open(self, page: Path, size: tuple[int, int] = DESKTOP) -> None:
        """Show a page in a window of `size` pixels."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE},
        )
        self.driver.get(page.as_uri())

    def errors(self) -> list[str]:
        """Return what the console held of errors since it was last asked."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def broken_pictures(self) -> list[str]:
        """Return the alternative texts of the pictures that did not load."""
        script = """return [...document.images]
            .filter(image => !(image.complete && image.naturalWidth > 0))
            .map(image => image.alt || image.src)"""
        return list(self.driver.execute_script(script))

    def width(self) -> int:
        """Return how many pixels wide the page is, without what scrolls inside it."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth"))

    def media(self, **features: str) -> None:
        """Show pages as to a system with these features of CSS, with _ for -; media= is one too."""
        medium = features.pop("media", "")
        listed = [
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()
        ]
        emulated = {"media": medium, "features": listed}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", emulated)

    def violations(self) -> list[str]:
        """Return what axe-core finds wrong for those who cannot see the page, with all unfolded."""
        self.driver.execute_script(
            "document.querySelectorAll('details').forEach(each => { each.open = true; })"
        )
        axe = files("selenium_axe_python").joinpath("axe-core/axe.min.js")
        self.driver.execute_script(axe.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "axe.run({resultTypes: ['violations']}).then(arguments[arguments.length - 1])"
        )
        return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        metrics = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        shot = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"captureBeyondViewport": True, "clip": {**metrics, "scale": 1}},
        )
        path.write_bytes(base64.b64decode(shot["data"]))


def wait_for_charts(browser: Browser) -> None:
    """Return when the charts of a page are drawn."""
    drawn = "return document.body.dataset.drawn"
    WebDriverWait(browser.driver, 60).until(lambda driver: driver.execute_script(drawn))


@contextmanager
def offline_browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium with a new profile in a folder; skip the test where there is none."""
    binary = next(
        filter(None, map(shutil.which, ("google-chrome", "chromium", "chromium-browser"))), None
    )
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip(
            "no Chromium with chromedriver (Debian: apt-get install chromium chromium-driver)"
        )
    options = ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    try:
        chrome.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        chrome.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        yield Browser(chrome)
    finally:
        chrome.quit()
