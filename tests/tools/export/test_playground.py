"""The playground in a real browser without a network.

N images, K classes, D pixels.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from stages.common.dataset import Split, Steps
from stages.common.errors import DataError
from stages.common.model import Model
from stages.common.scoring import log_softmax
from stages.evaluate import evaluate
from tests.support.browser import DESKTOP, PHONE, Browser, offline_browser
from tests.support.linear import model_and_test, nearest_mean
from tests.support.pictures import block
from tests.support.prepared import info_of, split_of
from tests.support.varied import write_refused, write_varied
from tools.export.playground import COUNTS, LIMIT, render
from tools.pictures.fitting import read_image

INFO = info_of(7, (12, 9))
EMPTY = "An empty picture"


def on_black(split: Split) -> Split:
    """Return images with a black border, each fifth with the label of another class."""
    images, labels = split.images.copy(), split.labels.copy()
    for border in (np.s_[:, [0, -1]], np.s_[:, :, [0, -1]]):
        images[border] = 0
    labels[::5] = (labels[::5] + 1) % len(INFO.classes)
    return Split(images, labels)


MODEL = nearest_mean(split_of(200, seed=0, info=INFO), INFO, sharpness=0.1)
TEST = on_black(split_of(300, seed=1, info=INFO))


def page_of(model: Model, test: Split, title: str = "Noisy shapes") -> bytes:
    """Return the page of a model."""
    page = render(model, test, evaluate(model, test), title, "Made from <somewhere>")
    assert page is not None
    return page


def data_of(page: bytes) -> dict[str, Any]:
    """Return what the page holds of the model."""
    [text] = re.findall(rb'id="data">(.*)</script>', page)
    content: dict[str, Any] = json.loads(text)
    return content


@dataclass(frozen=True)
class Page:
    """The page in a browser, as a person has it before them."""

    browser: Browser
    file: Path

    def open(self, size: tuple[int, int] = DESKTOP, *, scheme: str = "light") -> None:
        """Show the page anew."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.browser.open(self.file, size)

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page after it has shown its state; return the outcome."""
        waiting = "await new Promise((done) => setTimeout(() => requestAnimationFrame(done)));"
        body = f"const arguments_ = arguments; return (async () => {{ {waiting} {script} }})();"
        return self.browser.driver.execute_script(
            body.replace("$arguments", "arguments_"), *arguments
        )

    def find(self, selector: str) -> WebElement:
        """Return the element that a CSS selector names."""
        return self.browser.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, name: str) -> str:
        """Return the text of the element with an id."""
        return str(self.run("return document.getElementById($arguments[0]).textContent", name))

    def probabilities(self) -> np.ndarray:
        """Return the probabilities [K] float64 that the page shows, unrounded."""
        shown = "[...document.querySelectorAll('.share')].map((e) => +e.dataset.probability)"
        return np.array(self.run(f"return {shown}"))

    def pixels(self, canvas: str = "picture") -> np.ndarray:
        """Return the colours [H, W, 3] uint8 of a canvas."""
        script = (
            "const c = document.getElementById($arguments[0]);"
            "const i = c.getContext('2d').getImageData(0, 0, c.width, c.height);"
            "return [c.height, c.width, [...i.data]]"
        )
        height, width, values = self.run(script, canvas)
        return np.array(values, np.uint8).reshape(height, width, 4)[..., :3]

    def bring(self, file: Path) -> None:
        """Open a file with the button, and wait until the page says something of it."""
        self.find("#file").send_keys(str(file))
        waiting = WebDriverWait(self.browser.driver, 60, poll_frequency=0.05)
        waiting.until(lambda _: self.text("source").startswith(file.name))

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, where the focus is."""
        ActionChains(self.browser.driver).send_keys(*keys).perform()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser for all tests of this module."""
    with offline_browser(tmp_path_factory.mktemp("browser") / "profile") as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Return the page of MODEL, opened on a desktop; nothing it does may be an error."""
    file = tmp_path / "index.html"
    file.write_bytes(page_of(MODEL, TEST))
    page = Page(browser, file)
    browser.errors()  # of an earlier test
    page.open()
    yield page
    assert browser.errors() == []


def wanted_probabilities(images: np.ndarray) -> np.ndarray:
    """Return the model's probabilities [N, K] of images [N, H, W]."""
    return np.exp(log_softmax(MODEL.logits(images)))


def test_probabilities_are_the_model_s(page: Page) -> None:
    """On every test image in the page they equal the model's to 1e-12, and its class is marked."""
    examples = data_of(page.file.read_bytes())["examples"]
    assert len(examples) == 3 * COUNTS[0]
    wanted = wanted_probabilities(TEST.images[[example["row"] for example in examples]])
    script = """
    const found = [];
    for (const input of document.querySelectorAll("[name=example]")) {
      input.click();
      await new Promise(requestAnimationFrame);
      const shares = [...document.querySelectorAll(".share")];
      const marks = [...document.querySelectorAll(".name small")];
      found.push([shares.map((e) => +e.dataset.probability),
                  marks.findIndex((mark) => mark.textContent)]);
    }
    return found;
    """
    found = page.run(script)
    np.testing.assert_allclose([shares for shares, _ in found], wanted, atol=1e-12, rtol=0)
    assert [truth for _, truth in found] == [int(TEST.labels[each["row"]]) for each in examples]


def test_evidence_adds_up_to_the_logit(page: Page) -> None:
    """Step by step the sum goes from the bias to the logit of the class that was chosen."""
    page.find("[name=class][value='3']").send_keys(Keys.SPACE)
    row = int(page.run("return document.querySelector('[name=example]:checked').value"))
    image = TEST.images[data_of(page.file.read_bytes())["examples"][row]["row"]]
    evidence = (MODEL.weight[3] * image.reshape(-1) / 255).reshape(image.shape)
    page.find("[value=reading]").send_keys(Keys.SPACE)

    def shown_sum() -> float:
        text = page.run("return document.querySelector('#sum b.total').textContent")
        return float(text.replace("\N{MINUS SIGN}", "-"))

    slider = page.find("#step")
    assert shown_sum() == pytest.approx(MODEL.logits(image[None])[0, 3], abs=0.0051)
    slider.send_keys(Keys.HOME)
    assert shown_sum() == pytest.approx(MODEL.bias[3], abs=0.0051)
    assert len(np.unique(page.pixels("evidence").reshape(-1, 3).std(axis=1))) < 20  # greys
    slider.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    first = evidence[:2, :4].sum()  # blocks of 2 x 2 pixels
    assert shown_sum() == pytest.approx(MODEL.bias[3] + first, abs=0.0051)
    assert "2 of 30 blocks" in page.text("caption")


def test_the_sum_can_be_watched(page: Page) -> None:
    """The button adds block after block until the sum is the logit, and pauses in between."""
    slider, button = page.find("#step"), page.find("#play")
    slider.send_keys(*(4 * [Keys.ARROW_LEFT]))
    button.click()
    assert button.text == "Pause"
    page.run("await new Promise((done) => setTimeout(done, 1000))")
    assert button.text == "Watch the sum"
    assert page.text("caption").endswith("pixels added: the sum is the logit, exactly.")
    button.click()
    button.click()
    assert button.text == "Watch the sum"
    assert int(page.run("return document.getElementById('step').value")) < 30


def test_drawing_moves_the_probabilities(page: Page) -> None:
    """A stroke of the mouse changes picture and probabilities, and can be taken back."""
    page.find("#clear").click()
    assert page.text("source") == EMPTY
    blank = page.probabilities()
    canvas = page.find("#picture")
    actions = ActionChains(page.browser.driver)
    actions.move_to_element(canvas).click_and_hold().move_by_offset(80, 40).perform()
    during = page.probabilities()
    assert np.abs(during - blank).max() > 0.001
    actions.release().perform()
    picture = page.pixels()[..., 0]
    np.testing.assert_allclose(during, wanted_probabilities(picture[None])[0], atol=1e-12)
    assert picture.max() > 127
    page.find("#undo").click()
    np.testing.assert_array_equal(page.probabilities(), blank)


def test_the_keyboard_draws_and_chooses(page: Page) -> None:
    """Without a mouse: clear, draw a line of five pixels, erase one, and pick a test image."""
    page.find("#picture").send_keys(Keys.DELETE)
    page.run("document.getElementById('size').value = 1")
    page.press(Keys.ENTER, *(4 * [Keys.ARROW_UP]), Keys.ENTER)
    assert (page.pixels()[..., 0] == 255).sum() == 5
    page.find("[name=pen][value=erase]").send_keys(Keys.SPACE)
    page.find("#picture").send_keys(Keys.SPACE)
    assert (page.pixels()[..., 0] == 255).sum() == 4
    page.find("[name=example]").send_keys(Keys.SPACE, Keys.ARROW_RIGHT)
    assert page.run("return document.activeElement.value") == "1"
    row = data_of(page.file.read_bytes())["examples"][1]["row"]
    np.testing.assert_array_equal(page.pixels()[..., 0], TEST.images[row])


def test_tab_reaches_every_control_and_each_has_a_name(page: Page) -> None:
    """What can be focused has an accessible name; groups of choices are one stop each."""
    nodes = page.browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    focusable = [
        node
        for node in nodes
        if any(
            each["name"] == "focusable" and each["value"]["value"]
            for each in node.get("properties", [])
        )
        and node["role"]["value"] != "RootWebArea"
    ]
    assert len(focusable) > 3 * COUNTS[0]
    assert [node["role"] for node in focusable if not node["name"]["value"].strip()] == []
    stops: list[str] = []
    while "example" not in stops:
        page.press(Keys.TAB)
        stops.append(page.run("const e = document.activeElement; return e.id || e.name"))
        assert len(stops) < 20, stops
    order = ("picture", "pen", "clear", "size", "file", "class", "follow", "play", "step", "order")
    assert [stop for stop in stops if stop in order] == list(order)


def test_a_screen_reader_is_told_the_answer_when_the_picture_rests(page: Page) -> None:
    """The status says the picture and the two likeliest classes, once and not while it changes."""
    page.find("#clear").click()
    page.browser.driver.implicitly_wait(0)
    said = page.run(
        "await new Promise((done) => setTimeout(done, 800));"
        "return document.querySelector('[role=status]').textContent"
    )
    first = MODEL.info.classes[page.probabilities().argmax()]
    assert said.startswith(f"{EMPTY}. The model says {first} ")


@pytest.mark.parametrize("light_background", [False, True])
def test_the_object_of_a_picture_is_cut_out_and_put_on_black(
    page: Page, tmp_path: Path, light_background: bool
) -> None:
    """A white square on black, and a black one on white, fill the image as a white square."""
    picture = np.zeros((90, 160), np.uint8)
    picture[10:50, 100:140] = 255
    Image.fromarray(255 - picture if light_background else picture).save(tmp_path / "square.png")
    page.find("#picture").send_keys(Keys.DELETE)
    page.run("document.getElementById('cut').checked = true")
    page.bring(tmp_path / "square.png")
    assert page.text("source") == "square.png"
    wanted = np.zeros((12, 9), np.uint8)
    wanted[1:10] = 255  # as wide as the image, and in the middle
    np.testing.assert_array_equal(page.pixels()[..., 0], wanted)


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], dict[Path, str]]:
    """Return pictures that a model takes, and files that it refuses with what is said."""
    folder = tmp_path_factory.mktemp("varied")
    return write_varied(folder / "taken"), write_refused(folder / "refused")


@pytest.mark.parametrize("steps", ["object", "whole"])
def test_the_page_and_predict_agree(
    browser: Browser, tmp_path: Path, varied: tuple[list[Path], dict[Path, str]], steps: Steps
) -> None:
    """They give the same class and probabilities for any picture, and refuse the same files."""
    taken, refused = varied
    info = replace(info_of(10, (28, 28)), steps=steps)
    model, test = model_and_test(info, sharpness=0.2)
    page = Page(browser, tmp_path / "index.html")
    page.file.write_bytes(page_of(model, test))
    page.open()
    classes, sure = set(), 0.0
    for path in taken:
        image = read_image(path, 28, 28, steps)
        wanted = np.exp(log_softmax(model.logits(image.pixels[None])))[0]
        page.bring(path)
        found = page.probabilities()
        assert found.argmax() == wanted.argmax(), path.name
        np.testing.assert_allclose(found, wanted, atol=0.02, err_msg=path.name)
        assert page.text("source") == ": ".join((path.name, *image.notes))
        classes.add(wanted.argmax())
        sure = max(sure, wanted.max())
    assert len(taken) >= 20
    assert len(classes) >= 3
    assert sure > 0.5
    for path, reason in refused.items():
        with pytest.raises(DataError) as problem:
            read_image(path, 28, 28, steps)
        page.bring(path)
        assert page.text("winner") == "No answer"
        same = str(problem.value) if reason else "not a picture that this browser can read"
        assert page.text("source") == f"{path.name}: {same}"
    assert browser.errors() == []


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_picture_can_be_dropped_or_pasted(page: Page, way: str) -> None:
    """A half white picture that comes by either way is shown."""
    page.run(
        """
        const canvas = document.createElement("canvas");
        const context = canvas.getContext("2d");
        context.fillStyle = "white";
        context.fillRect(0, 0, canvas.width / 2, canvas.height);
        const blob = await new Promise((done) => canvas.toBlob(done));
        const held = new DataTransfer();
        held.items.add(new File([blob], "white.png", { type: "image/png" }));
        const event = $arguments[0] === "drop"
          ? new DragEvent("drop", { dataTransfer: held, bubbles: true })
          : new ClipboardEvent("paste", { clipboardData: held, bubbles: true });
        document.body.dispatchEvent(event);
        await new Promise((done) => setTimeout(done, 300));
        """,
        way,
    )
    assert page.text("source") == "white.png"
    assert (page.pixels().min(), page.pixels().max()) == (0, 255)


def test_after_a_file_that_is_no_picture_there_is_no_answer(page: Page, tmp_path: Path) -> None:
    """The old answer goes, the status says why and no more, and undo brings the answer back."""
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    said = "notes.txt: not a picture that this browser can read"
    before, winner = page.probabilities(), page.text("winner")
    page.bring(tmp_path / "notes.txt")
    assert page.text("source") == said
    assert page.text("winner") == "No answer"
    assert (page.text("share"), page.text("margin")) == ("", said.removeprefix("notes.txt: "))
    assert page.run("return document.querySelectorAll('[data-probability]').length") == 0
    assert not page.find("#classes").is_displayed()
    page.run("await new Promise((done) => setTimeout(done, 800))")
    assert page.text("status") == said
    page.find("#undo").click()
    np.testing.assert_array_equal(page.probabilities(), before)
    assert page.text("winner") == winner
    assert page.find("#classes").is_displayed()


def test_levels_that_the_page_cannot_tell_apart_are_refused(page: Page, tmp_path: Path) -> None:
    """Of 12 bits in 16 a browser keeps 4: predict reads the picture, the page says so."""
    ramp = (np.arange(600).reshape(20, 30) * 6).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    page.bring(tmp_path / "ramp.png")
    assert page.text("source").endswith("make predict can read it")
    assert page.text("winner") == "No answer"


def test_a_refused_picture_can_take_the_other_steps(page: Page, tmp_path: Path) -> None:
    """Nothing is darker than its light background; whole, it has an answer."""
    block(background=200, level=255).save(tmp_path / "block.png")
    page.run("document.getElementById('cut').checked = true")
    page.bring(tmp_path / "block.png")
    assert page.text("winner") == "No answer"
    page.run("document.getElementById('cut').click()")
    assert page.text("source") == "block.png"
    assert len(page.probabilities()) == 7


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_keeps_still_on_any_screen(
    page: Page, size: tuple[int, int], scheme: str
) -> None:
    """The page is as wide as the screen, text is legible, controls are large, nothing jumps."""
    page.open(size, scheme=scheme)
    assert page.browser.width() <= size[0]
    script = """
    let shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e) => (shift += e.value)))
      .observe({ type: "layout-shift", buffered: true });
    for (const input of [...document.querySelectorAll("[name=example]")].slice(0, 10)) {
      input.click();
      await new Promise(requestAnimationFrame);
    }
    await new Promise((done) => setTimeout(done, 100));
    const controls = document.querySelectorAll("button, .row, .tile, .switch label, [type=range]");
    const boxes = [...controls].map((each) => each.getBoundingClientRect());
    const { backgroundColor, color } = getComputedStyle(document.body);
    return [shift, Math.min(...boxes.map((b) => Math.min(b.width, b.height))),
            backgroundColor, color];
    """
    shift, smallest, back, ink = page.run(script)
    assert shift < 0.001
    assert smallest >= 43.9
    light = [sum(map(int, re.findall(r"\d+", colour))) for colour in (back, ink)]
    assert (light[0] > light[1]) is (scheme == "light")
    assert abs(light[0] - light[1]) > 450


def test_it_asks_for_nothing_from_outside() -> None:
    """No address is in the page but SVG's namespace, and its policy forbids all loading."""
    page = page_of(MODEL, TEST).decode()
    assert re.findall(r"(?:https?:)?//[\w.]+\.[a-z]+\S*", page) == ['http://www.w3.org/2000/svg",']
    assert "default-src 'none'" in page
    assert not re.search(
        r"<(?:link(?! rel=\"icon\" href=\"data:,\")|img|iframe)\b|src=|@import", page
    )


def test_names_cannot_break_the_page(browser: Browser, tmp_path: Path) -> None:
    """A title and class names that are HTML are shown as text."""
    names = ("</script><script>alert(1)</script>", "<b>&amp;", "$title")
    model, test = model_and_test()
    model = replace(model, info=replace(model.info, classes=names))
    page = Page(browser, tmp_path / "index.html")
    page.file.write_bytes(page_of(model, test, "<i>title</i> $data"))
    page.open()
    shown = page.run("return [...document.querySelectorAll('.name')].map((e) => e.title)")
    assert shown == list(names)
    assert page.find("header strong").text == "<i>title</i> $data"
    assert browser.errors() == []


def test_the_page_is_small_and_may_be_left_out() -> None:
    """More weights leave room for fewer images, and in the end for no page."""
    sizes = []
    for classes in (10, 55):
        model, test = model_and_test(info_of(classes, (28, 28)), count=400)
        page = page_of(model, test)
        assert len(page) <= LIMIT
        sizes.append(len(data_of(page)["examples"]))
    # All answers are right here, so that there is none of the third kind.
    assert sizes[0] == 2 * COUNTS[0] > sizes[1] > 0
    model, test = model_and_test(info_of(100, (28, 28)), count=400)
    assert render(model, test, evaluate(model, test), "Too many", "") is None
