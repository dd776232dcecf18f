"""What a person does with the pages of one server: opens them, chooses files, presses keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.support import drawing
from tests.support.app_server import Server
from tests.support.browser import Chromium
from tests.support.wsgi_server import WsgiServer

# what was moved over the network for the page, in bytes with headers, one number for each request
LOADED = """
const [page] = performance.getEntriesByType("navigation");
return [page, ...performance.getEntriesByType("resource")]
  .filter((entry) => /^https?:/.test(entry.name)).map((entry) => entry.transferSize);
"""
# as after two uploads, one of which the browser could not draw
REMEMBER_TWO = """
const one = { id: "0".repeat(32), name: "a.jpg", picture: "data:image/gif;base64,R0lGODlhAQABAAAAACw=" };
localStorage.setItem("monolambda.recent", JSON.stringify([one, { ...one, id: "1".repeat(32), picture: "" }]));
"""
_MOST_TABS = 80


class Person:
    """Somebody at a browser, on the pages of one server."""

    def __init__(self, browser: Chromium, server: Server | WsgiServer) -> None:
        self.browser = browser
        self.base = f"http://{server.host}"

    def open(self, path: str) -> None:
        self.browser.open(self.base + path)

    @property
    def path(self) -> str:
        return self.browser.driver.current_url.removeprefix(self.base)

    def choose(self, *paths: Path) -> None:
        """Open the upload page and choose files, without sending them."""
        self.open("/")
        self.browser.one("input[type=file]").send_keys("\n".join(map(str, paths)))

    def upload(self, *paths: Path) -> None:
        self.choose(*paths)
        self.browser.one("#upload > button").click()

    def arrive(self, beginning: str) -> None:
        """Wait until the window shows a page whose path begins so."""
        self.browser.wait(
            lambda: self.path.startswith(beginning) and self.browser.script("return document.readyState === 'complete'")
        )

    def see(self, selector: str, text: str) -> None:
        """Wait until an element shows a text."""
        self.browser.wait(lambda: any(text in found for found in self.browser.texts(selector)))

    def tab_to(self, selector: str) -> None:
        """Press Tab until the element has the focus; it must show that it has."""
        for _ in range(_MOST_TABS):
            ActionChains(self.browser.driver).send_keys(Keys.TAB).perform()
            if self.browser.script("return document.activeElement.matches(arguments[0])", selector):
                active = self.browser.driver.switch_to.active_element
                assert active.value_of_css_property("outline-style") == "solid"
                return
        raise AssertionError(f"Tab never reaches {selector}")

    def press(self, *keys: str) -> None:
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    @contextmanager
    def without_scripts(self) -> Iterator[None]:
        """Forbid every page to run scripts, until the block ends."""
        driver = self.browser.driver
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            yield
        finally:
            driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def pictures(folder: Path) -> list[Path]:
    """Write image files in three formats; each has another width."""
    found = []
    for number, name in enumerate(("a.jpg", "ö b.png", "c.gif")):
        path = folder / name
        format = path.suffix[1:].replace("jpg", "jpeg")
        path.write_bytes(drawing.encoded(drawing.photo(700 + number, 500, seed=number), format))
        found.append(path)
    return found
