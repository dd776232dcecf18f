"""What a person can do with the reference: search it, and try the service."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.live.pages.person import Person, pictures
from tests.support.app_server import Server
from tests.support.browser import Chromium

FOUND = """
const entries = [...document.querySelectorAll("[data-entry]")];
return entries.filter((entry) => entry.checkVisibility()).map((entry) => entry.id);
"""


def test_the_search_leaves_what_has_every_word(browser: Chromium, site: Server) -> None:
    person = Person(browser, site)
    person.open("/docs")
    everything = browser.script(FOUND)
    browser.one("#search").send_keys("Blur sigma", Keys.ENTER)
    assert "option-blur" in browser.script(FOUND)
    assert "option-width" not in browser.script(FOUND)
    person.see("[role=search] [role=status]", f"{len(browser.script(FOUND))} found")
    browser.one("#search").clear()
    browser.one("#search").send_keys("no such word")
    assert browser.script(FOUND) == []
    browser.script("location.hash = 'error-busy'")
    browser.wait(lambda: browser.script(FOUND) == everything)
    assert person.path == "/docs#error-busy", "whoever follows a link sees where it leads"


def test_the_form_shows_the_result_and_its_address(browser: Chromium, site: Server, tmp_path: Path) -> None:
    person = Person(browser, site)
    person.upload(pictures(tmp_path)[0])
    person.arrive("/images/")
    image = person.path.removeprefix("/images/").partition("?")[0]
    person.open("/docs")
    browser.one("#try-id").send_keys(image)
    browser.one("#try-width").clear()
    browser.one("#try-width").send_keys("70")
    browser.one("[data-try] button").click()
    browser.wait(lambda: browser.script("return document.querySelector('[data-try] output img')?.naturalWidth") == 70)
    assert f"{quote(image)}&width=70" in browser.one("[data-try] output pre").text
    Select(browser.one("#try-format")).select_by_visible_text("tiff")
    browser.one("[data-try] button").click()
    person.see("[data-try] output", "This browser cannot show TIFF. The address is right.")
    assert "format=tiff" in browser.one("[data-try] output pre").text
    browser.one("#try-id").clear()
    browser.one("#try-id").send_keys("0" * 32)
    browser.one("[data-try] button").click()
    person.arrive("/resize?id=000")
    assert browser.one("h1").text == "Not found", "what is wrong is told in full"
    assert [line for line in browser.console() if "status of 404" not in line] == []
