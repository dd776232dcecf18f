"""A real browser: what a person can do with the pages, with the mouse and without it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.live.conftest import Server, flask_run, running
from tests.support import drawing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,900",
)

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER) and not os.environ.get("CI"), reason="needs Debian's chromium and chromium-driver"
)


class Browser:
    """One window on one server."""

    def __init__(self, driver: webdriver.Chrome, server: Server) -> None:
        self.driver = driver
        self._base = f"http://{server.host}"

    def open(self, path: str) -> None:
        self.driver.get(self._base + path)

    @property
    def path(self) -> str:
        """Return where the window is, below the server."""
        return self.driver.current_url.removeprefix(self._base)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait_for(self, beginning: str) -> None:
        """Wait until the window is at a path that begins so and has loaded all it shows."""
        WebDriverWait(self.driver, 20).until(lambda driver: self.path.startswith(beginning) and self._loaded())

    def _loaded(self) -> bool:
        return bool(self.driver.execute_script("return document.readyState === 'complete'"))

    def widths(self) -> list[int]:
        """Return the real width of every picture shown, 0 for one that is broken."""
        return [int(str(image.get_property("naturalWidth"))) for image in self.all("img")]

    def complaints(self) -> list[str]:
        """Return what the console was told since the last call: policies, failed loads, scripts."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def upload(self, *files: Path) -> None:
        self.open("/")
        self.one("input[type=file]").send_keys("\n".join(str(file) for file in files))
        self.one("form button").click()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(flask_run, tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    opened = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield opened
    finally:
        opened.quit()


@pytest.fixture
def browser(driver: webdriver.Chrome, site: Server) -> Iterator[Browser]:
    window = Browser(driver, site)
    yield window
    assert window.complaints() == []


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Pictures of three formats, unlike those of any other test."""
    found = []
    for number, name in enumerate(("a.jpg", "ö b.png", "c.gif")):
        path = tmp_path / name
        path.write_bytes(
            drawing.encoded(drawing.photo(700 + number, 500, seed=number), path.suffix[1:].replace("jpg", "jpeg"))
        )
        found.append(path)
    return found


def test_upload_leads_to_the_image(browser: Browser, files: list[Path]) -> None:
    browser.upload(files[0])
    browser.wait_for("/images/")
    assert browser.one("h1").text == "700×500 JPEG"
    assert browser.widths() == [480]
    assert "srcset=" in browser.one("pre").text


def test_several_at_once(browser: Browser, files: list[Path]) -> None:
    browser.upload(*files)
    browser.wait_for("/upload")
    assert browser.one("h1").text == "3 uploaded"
    assert browser.widths() == [240, 240, 240]
    browser.all("main li a")[1].click()
    browser.wait_for("/images/")
    assert browser.one("h1").text == "701×500 PNG"


def test_delete_asks_first(browser: Browser, files: list[Path]) -> None:
    browser.upload(files[1])
    browser.wait_for("/images/")
    image = browser.path
    browser.one("a.danger").click()
    browser.wait_for(f"{image}/delete")
    browser.one("button.danger").click()
    WebDriverWait(browser.driver, 20).until(lambda driver: browser.path == "/")
    browser.open(image)
    assert browser.one("h1").text == "Not found"
    assert [text for text in browser.complaints() if "404" not in text] == []


def test_keyboard_is_enough(browser: Browser, files: list[Path]) -> None:
    """Tab reaches every link, the field and the button in the order they are read; Enter sends."""
    browser.open("/")
    browser.one("input[type=file]").send_keys(str(files[2]))
    browser.driver.execute_script("document.activeElement.blur()")
    browser.one("body").click()
    reached = []
    for _ in range(8):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        active = browser.driver.switch_to.active_element
        reached.append(active.tag_name)
        if active.tag_name == "button":
            outline = active.value_of_css_property("outline-style")
            ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
            break
    assert "input" in reached
    assert reached[-1] == "button"
    assert outline == "solid"
    browser.wait_for("/images/")
    assert browser.one("h1").text == "702×500 GIF"


def test_a_file_that_is_no_image_is_explained(browser: Browser, files: list[Path], tmp_path: Path) -> None:
    words = tmp_path / "words.jpg"
    words.write_text("no image, whatever its name says")
    browser.upload(files[0], words)
    browser.wait_for("/upload")
    assert browser.one("h1").text == "1 uploaded, 1 failed"
    assert "words.jpg" in browser.one("p.danger").text


@pytest.mark.parametrize(("path", "heading"), [("/status", "Status: ok"), ("/docs", "Options and errors")])
def test_pages_render(browser: Browser, path: str, heading: str) -> None:
    browser.open(path)
    assert browser.one("h1").text == heading
    assert browser.one("header").value_of_css_property("display") == "flex", "the style sheet came"
    wider = browser.driver.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider == 0
