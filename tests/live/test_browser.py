"""What a person can do with the pages in a real browser, with a mouse or with the keyboard only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.support import drawing
from tests.support.app_server import Server, flask_run, running
from tests.support.browser import chromium, needs_chromium

pytestmark = needs_chromium


class Browser:
    """A browser window, with helpers for the pages of one server."""

    def __init__(self, driver: webdriver.Chrome, server: Server) -> None:
        self.driver = driver
        self._base = f"http://{server.host}"

    def open(self, path: str) -> None:
        self.driver.get(self._base + path)

    @property
    def path(self) -> str:
        """Return the path of the current page."""
        return self.driver.current_url.removeprefix(self._base)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait_for(self, beginning: str) -> None:
        """Wait until the window shows a page whose path starts so, completely loaded."""
        WebDriverWait(self.driver, 20).until(lambda driver: self.path.startswith(beginning) and self._loaded())

    def _loaded(self) -> bool:
        return bool(self.driver.execute_script("return document.readyState === 'complete'"))

    def widths(self) -> list[int]:
        """Return the natural width of every image on the page, 0 for a broken one."""
        return [int(str(image.get_property("naturalWidth"))) for image in self.all("img")]

    def console_messages(self) -> list[str]:
        """Return new messages on the console: policy violations, failed loads, script errors."""
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
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def browser(driver: webdriver.Chrome, site: Server) -> Iterator[Browser]:
    window = Browser(driver, site)
    yield window
    assert window.console_messages() == []


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Image files in three formats, different from those of other tests."""
    found = []
    for number, name in enumerate(("a.jpg", "ö b.png", "c.gif")):
        path = tmp_path / name
        path.write_bytes(
            drawing.encoded(drawing.photo(700 + number, 500, seed=number), path.suffix[1:].replace("jpg", "jpeg"))
        )
        found.append(path)
    return found


def test_an_upload_leads_to_the_page_of_the_image(browser: Browser, files: list[Path]) -> None:
    browser.upload(files[0])
    browser.wait_for("/images/")
    assert browser.one("h1").text == "700×500 JPEG"
    assert browser.widths() == [480]
    assert "srcset=" in browser.one("pre").text


def test_several_files_can_be_uploaded_at_once(browser: Browser, files: list[Path]) -> None:
    browser.upload(*files)
    browser.wait_for("/upload")
    assert browser.one("h1").text == "3 uploaded"
    assert browser.widths() == [240, 240, 240]
    browser.all("main li a")[1].click()
    browser.wait_for("/images/")
    assert browser.one("h1").text == "701×500 PNG"


def test_deleting_asks_for_confirmation(browser: Browser, files: list[Path]) -> None:
    browser.upload(files[1])
    browser.wait_for("/images/")
    image = browser.path
    browser.one("a.danger").click()
    browser.wait_for(f"{image}/delete")
    browser.one("button.danger").click()
    WebDriverWait(browser.driver, 20).until(lambda driver: browser.path == "/")
    browser.open(image)
    assert browser.one("h1").text == "Not found"
    assert [text for text in browser.console_messages() if "404" not in text] == []


def test_uploading_works_with_the_keyboard_only(browser: Browser, files: list[Path]) -> None:
    """Tab reaches the file field and then the button, which shows its focus; Enter submits the form."""
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


def test_a_file_that_is_not_an_image_is_reported(browser: Browser, files: list[Path], tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("no image, whatever its name says")
    browser.upload(files[0], text)
    browser.wait_for("/upload")
    assert browser.one("h1").text == "1 uploaded, 1 failed"
    assert "text.jpg" in browser.one("p.danger").text


@pytest.mark.parametrize(("path", "heading"), [("/status", "Status: ok"), ("/docs", "Options and errors")])
def test_pages_are_styled_and_fit_the_window(browser: Browser, path: str, heading: str) -> None:
    browser.open(path)
    assert browser.one("h1").text == heading
    assert browser.one("header").value_of_css_property("display") == "flex", "the style sheet was loaded"
    overflow = browser.driver.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow == 0
