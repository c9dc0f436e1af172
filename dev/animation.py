"""Draw docs/playground.webp, the animation of README: a shoe is drawn, and the model answers.

`python -m dev.animation` needs export/ (`make export`) and a Chromium with chromedriver.
"""

import base64
import io
import tempfile
from itertools import pairwise
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By

from tests.support.browser import offline_browser
from tools.command import run_tool

PAGE, TARGET = Path("export/index.html"), Path("docs/playground.webp")
WINDOW, WIDTH = (1160, 900), 900  # pixels: of the window, of the animation
STEP, HOLD = 90, 2500  # milliseconds that a picture stays, and the last one
# Strokes of a shoe with its toe to the left, as shares of the canvas's width and height.
STROKES = (
    ((0.08, 0.70), (0.92, 0.70)),  # the sole
    ((0.90, 0.66), (0.90, 0.36), (0.60, 0.36)),  # heel and opening
    ((0.60, 0.40), (0.44, 0.50), (0.22, 0.56), (0.10, 0.62)),  # the upper, down to the toe
    ((0.14, 0.64), (0.86, 0.64), (0.86, 0.58), (0.26, 0.60)),  # and filled, row by row
    ((0.30, 0.58), (0.86, 0.55), (0.86, 0.50), (0.46, 0.53)),
    ((0.50, 0.50), (0.86, 0.47), (0.86, 0.42), (0.58, 0.45)),
    ((0.62, 0.42), (0.86, 0.40)),
)
POINTS = 5  # of a line from corner to corner


def shot(driver: Chrome) -> Image.Image:
    """Return the picture, the answer and the evidence of the page, without what is below them."""
    card = driver.find_element(By.CSS_SELECTOR, "section.bench").rect
    below = driver.find_element(By.CSS_SELECTOR, "section.bench .steps").rect
    clip = {key: card[key] for key in ("x", "y", "width")}
    clip |= {"height": below["y"] - card["y"], "scale": 1}
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})
    picture = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
    height = round(picture.height * WIDTH / picture.width)
    return picture.resize((WIDTH, height), Image.Resampling.LANCZOS)


def draw(driver: Chrome) -> list[Image.Image]:
    """Draw the strokes with the pointer; return a picture after each short line."""
    canvas = driver.find_element(By.ID, "picture")
    size = canvas.size
    pictures = [shot(driver)]

    def move(x: float, y: float) -> ActionBuilder:
        at = round((x - 0.5) * size["width"]), round((y - 0.5) * size["height"])
        chain = ActionChains(driver, duration=0)
        pointer = chain.w3c_actions.pointer_action
        pointer.move_to(canvas, *at)  # type: ignore[no-untyped-call]
        return chain.w3c_actions

    for stroke in STROKES:
        move(*stroke[0]).perform()
        ActionChains(driver, duration=0).click_and_hold().perform()
        for (left, top), (right, bottom) in pairwise(stroke):
            for point in range(1, POINTS + 1):
                share = point / POINTS
                move(left + share * (right - left), top + share * (bottom - top)).perform()
                pictures.append(shot(driver))
        ActionChains(driver, duration=0).release().perform()
    return pictures


def main() -> None:
    """Write the animation."""
    with (
        tempfile.TemporaryDirectory() as profile,
        offline_browser(Path(profile)) as browser,
    ):
        browser.open(PAGE.resolve(), WINDOW)
        browser.driver.find_element(By.ID, "clear").click()
        first, *others = draw(browser.driver)
    times = [STEP] * len(others) + [HOLD]
    first.save(
        TARGET, save_all=True, append_images=others, duration=times, loop=0, quality=70, method=6
    )
    print(f"{TARGET}: {len(times)} pictures, {TARGET.stat().st_size >> 10} kB")


if __name__ == "__main__":
    run_tool("animation", main)
