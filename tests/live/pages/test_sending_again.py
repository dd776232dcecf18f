"""What becomes of files that fail on the upload page: those that may pass are sent again, the others only say why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from app import create_app
from app.container import Container
from tests.live.pages.person import Person, pictures
from tests.support.browser import Chromium
from tests.support.http_client import KEY, KEY_HASH
from tests.support.wsgi_server import DropConnection, WsgiServer

WAIT_S = 30
BUTTON = "#upload > button"
ENABLED = f"return !document.querySelector('{BUTTON}').disabled"


class Door:
    """Stands before an app: uploads of some types get another status, 0 for no answer, and wait while it is shut."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.status, self.types = 200, "image/"
        self.opened, self.arrived = threading.Event(), threading.Event()
        self.opened.set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_upload = (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/upload")
        if is_upload and environ["CONTENT_TYPE"].startswith(self.types):
            self.arrived.set()
            self.opened.wait(WAIT_S)
            if self.status == 0:
                raise DropConnection
            if self.status != 200:
                start_response(f"{self.status} No", [("Content-Type", "application/problem+json")])
                return [msgspec.json.encode({"title": "Not now", "detail": "says the door", "code": "busy"})]
        found: Iterable[bytes] = self._app(environ, start_response)
        return found


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
def server(make_container: Callable[..., Container], settings: dict[str, Any]) -> Iterator[WsgiServer]:
    door = Door(create_app(make_container(**settings)))
    with WsgiServer(door) as running:
        yield running
        door.opened.set()


@pytest.fixture
def door(server: WsgiServer) -> Door:
    assert isinstance(server.app, Door)
    return server.app


@pytest.fixture
def person(browser: Chromium, server: WsgiServer) -> Iterator[Person]:
    somebody = Person(browser, server)
    somebody.open("/")
    yield somebody
    somebody.browser.open("about:blank")  # pictures that are still on their way would miss the server
    # each answer that is none of those hoped for is a line of the console
    assert [line for line in browser.console() if "Failed to load resource" not in line] == []


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return pictures(tmp_path)


def sent(server: WsgiServer) -> int:
    return sum(line.startswith("POST /upload") for line in server.requests)


def add(person: Person, *paths: Path) -> None:
    """Choose more files on the page as it is."""
    field = person.browser.one("input[type=file]")
    person.browser.script("arguments[0].value = ''", field)
    field.send_keys("\n".join(map(str, paths)))


def press(person: Person) -> None:
    person.browser.wait(lambda: person.browser.script(ENABLED))
    person.browser.one(BUTTON).click()


@pytest.mark.parametrize("status", [0, 401, 408, 429, 500, 503])
def test_what_fails_for_a_reason_that_may_pass_is_sent_again(
    person: Person, door: Door, files: list[Path], status: int
) -> None:
    door.status = status
    person.upload(files[0])
    person.see("#files .bad", "The connection broke" if status == 0 else "Not now: says the door")
    person.see("#outcome", "0 uploaded, 1 failed")
    assert person.browser.one("#files button").text == "Remove"
    add(person, files[0])
    assert len(person.browser.all("#files li")) == 1, "it is chosen still"
    door.status = 200
    press(person)
    person.arrive("/images/")
    assert person.browser.one("h1").text == "700×500 JPEG"


def test_what_failed_can_be_taken_back(person: Person, door: Door, server: WsgiServer, files: list[Path]) -> None:
    door.status = 503
    person.upload(files[0])
    person.see("#files .bad", "Not now")
    person.browser.wait(lambda: person.browser.script(ENABLED))
    person.browser.one("#files button").click()
    assert not person.browser.all("#files li")
    press(person)
    person.see("#outcome", "Choose at least one image first.")
    assert sent(server) == 1


@pytest.mark.parametrize("status", [413, 415, 422])
def test_what_was_refused_stays_and_is_not_sent_again(
    person: Person, door: Door, server: WsgiServer, files: list[Path], status: int
) -> None:
    door.status = status
    person.upload(files[0])
    person.see("#files .bad", "Not now: says the door")
    press(person)
    person.see("#outcome", "Choose at least one image first.")
    assert sent(server) == 1
    assert [item.text.split(" ·")[0] for item in person.browser.all("#files li")] == ["a.jpg"]
    door.status = 200
    add(person, files[0])
    person.browser.wait(lambda: not person.browser.all("#files .bad"))
    assert len(person.browser.all("#files li")) == 1, "in the place of the row that it had"
    press(person)
    person.arrive("/images/")


def test_a_second_try_counts_with_what_the_first_one_stored(person: Person, door: Door, files: list[Path]) -> None:
    door.status, door.types = 503, "image/gif"
    person.upload(files[0], files[2])
    person.see("#outcome", "1 uploaded, 1 failed")
    assert parse_qs(urlsplit(person.path).query)["failed"] == ["busy:c.gif"]
    door.status = 200
    press(person)
    person.see("#outcome", "2 uploaded")
    assert person.browser.one("#outcome").text == "2 uploaded"
    rows = person.browser.all("#files li")
    assert [row.text.split(" ·")[0] for row in rows] == ["a.jpg", "c.gif"]
    assert not person.browser.all("#files .bad")
    person.browser.driver.refresh()
    assert person.browser.one("h1").text == "2 uploaded"


def test_what_is_chosen_while_a_file_is_sent_is_sent_next(person: Person, door: Door, files: list[Path]) -> None:
    door.opened.clear()
    person.upload(files[0])
    assert door.arrived.wait(WAIT_S)
    add(person, *files[1:])
    door.opened.set()
    person.see("#outcome", "1 uploaded")
    person.browser.wait(lambda: person.browser.script(ENABLED))
    assert person.browser.one(BUTTON).text == "Upload 2 images"
    press(person)
    person.see("#outcome", "3 uploaded")
    assert len(person.browser.all("#files a")) == 3
    person.browser.driver.refresh()
    assert person.browser.one("h1").text == "3 uploaded"


def test_an_image_under_two_names_is_one(person: Person, files: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(files[0].read_bytes())
    person.upload(files[0], copy)
    person.see("#outcome", "uploaded")
    assert person.browser.one("#outcome").text == "1 uploaded"
    assert sorted(note.text for note in person.browser.all("#files .note")) == [
        "Uploaded. Open",
        "Was stored already: kept once. Open",
    ]
    person.browser.driver.refresh()
    assert person.browser.one("h1").text == "1 uploaded"
    assert "Was stored already" not in person.browser.one("main").text, "it is new"


def test_an_empty_file_is_not_sent(person: Person, server: WsgiServer, files: list[Path], tmp_path: Path) -> None:
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(b"")
    person.upload(files[0], empty)
    person.see("#outcome", "1 uploaded, 1 failed")
    assert person.browser.texts("#files .bad") == ["The file is empty."]
    assert sent(server) == 1
    assert parse_qs(urlsplit(person.path).query)["failed"] == ["unsupported_media_type:empty.jpg"]


def test_a_page_that_lost_the_network_sends_when_it_is_back(person: Person, files: list[Path]) -> None:
    """What sends files is loaded with the first of them."""
    driver = person.browser.driver
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/transfer.js"]})
    try:
        person.upload(files[0])
        person.see("#outcome", "The connection broke. Try again.")
    finally:
        driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    press(person)
    person.arrive("/images/")


@pytest.mark.parametrize("settings", [{"api_keys": (KEY_HASH,)}], ids=["closed"])
def test_who_signs_in_again_sends_what_was_chosen(person: Person, files: list[Path]) -> None:
    browser, driver = person.browser, person.browser.driver
    sign_in(person, "/login?next=/")
    browser.one("input[type=file]").send_keys(str(files[0]))
    driver.delete_all_cookies()
    press(person)
    person.see("#files .bad", "Your session has ended. Sign in in a new tab, then try again.")
    here = driver.current_window_handle
    browser.one("#files .bad a").click()
    browser.wait(lambda: len(driver.window_handles) == 2)
    try:
        driver.switch_to.window(next(each for each in driver.window_handles if each != here))
        browser.wait(lambda: browser.all("#key"))
        sign_in(person)
        assert person.path == "/"
    finally:
        driver.close()
        driver.switch_to.window(here)
    press(person)
    person.arrive("/images/")
    assert browser.one("h1").text == "700×500 JPEG"


def sign_in(person: Person, path: str = "") -> None:
    if path:
        person.open(path)
    person.browser.one("#key").send_keys(KEY)
    person.browser.submit("main button")
