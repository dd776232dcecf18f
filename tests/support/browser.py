"""A real browser for tests: how wide and dark it is, what it complains about, and what axe-core finds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from docs import browser

WAIT_S = 30
# what is in order is listed once for each rule, not for each of thousands of elements
_FIND = """
const done = arguments[arguments.length - 1];
axe.run({ resultTypes: ["violations"] }).then((result) => done(result.violations));
"""


class Mode(msgspec.Struct, frozen=True):
    """How somebody looks at a page: its width in CSS pixels, ``zoom`` of the screen's to one of these, and the colors.

    ``forced`` are colors that the system chooses, and no others.
    """

    width: int
    scheme: str = "light"
    zoom: int = 1
    forced: bool = False

    def __str__(self) -> str:
        return f"{self.scheme}-{self.width}"


needs_chromium = pytest.mark.skipif(
    bool(browser.missing()) and not os.environ.get("CI"), reason="chromium and chromedriver are not installed"
)
MODES = [Mode(1100), Mode(1100, "dark"), Mode(390), Mode(320, "dark")]


@contextmanager
def opened(profile: Path) -> Iterator[Chromium]:
    """Open a browser; where there is none, skip on a laptop and fail in CI."""
    missing = browser.missing()
    if missing and not os.environ.get("CI"):
        pytest.skip(f"needs a real browser: {' and '.join(missing)} not found on PATH")
    with browser.chromium(profile) as driver:
        yield Chromium(driver)


class Chromium:
    """One window."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def look(self, mode: Mode) -> None:
        """Set the width of the page and the colors that the person prefers."""
        metrics = {"width": mode.width, "height": 900 // mode.zoom, "deviceScaleFactor": mode.zoom, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        wanted = {"prefers-color-scheme": mode.scheme, "forced-colors": "active" if mode.forced else "none"}
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def open(self, url: str) -> None:
        self.driver.get(url)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.all(selector)]

    def submit(self, selector: str) -> None:
        """Press a button or link, and wait until the page it leads to is loaded."""
        page = self.one("html")
        self.one(selector).click()
        self.wait_until_left(page)

    def wait_until_left(self, page: WebElement) -> None:
        """Wait until another page than the one of this element is loaded."""
        self.wait(lambda: _is_gone(page) and self.script("return document.readyState") == "complete")

    @property
    def path(self) -> str:
        """Return the path of the current page."""
        return urlsplit(self.driver.current_url).path

    def wait(self, happened: Any) -> Any:
        """Return the first true value that this function returns."""
        return WebDriverWait(self.driver, WAIT_S).until(lambda _: happened())

    def script(self, text: str, *arguments: Any) -> Any:
        return self.driver.execute_script(text, *arguments)

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.script("const page = document.documentElement; return page.scrollWidth - page.clientWidth"))

    def console(self) -> list[str]:
        """Return new messages on the console: policy violations, failed loads, script errors."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def violations(self) -> list[str]:
        """Return what axe-core finds, one line for each element."""
        self.script(_axe())
        found = self.driver.execute_async_script(_FIND)
        return [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}" for rule in found for node in rule["nodes"]
        ]


def _is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    except WebDriverException as exc:
        # what the driver says in the moment between two pages
        if "does not belong to the document" in str(exc.msg):
            return True
        raise
    return False


@cache
def _axe() -> str:
    return (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
