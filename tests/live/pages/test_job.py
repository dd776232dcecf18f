"""The page of a job: it changes by itself when the result is there, with a script and without."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from urllib.request import Request, urlopen

import msgspec
import pytest

from app import create_app
from app.container import Container
from tests.support import drawing
from tests.support.browser import Chromium
from tests.support.watched_storage import WatchedStorage
from tests.support.wsgi_server import WsgiServer

WAIT_S = 30
PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG")


class Job:
    """A job that does not get its source before ``finish`` is called."""

    def __init__(self, url: str, storage: WatchedStorage) -> None:
        self._may_read = threading.Event()
        storage.before = self._hold
        headers = {"Prefer": "respond-async", "Content-Type": "image/jpeg"}
        with urlopen(Request(f"{url}/resize?width=80", PHOTO, headers), timeout=WAIT_S) as answer:
            self.page = f"{url}/status/{msgspec.json.decode(answer.read())['job']}"

    def _hold(self, method: str, key: str) -> None:
        if method == "get" and key.endswith(".body"):
            self._may_read.wait(WAIT_S)

    def finish(self) -> None:
        self._may_read.set()


@pytest.fixture
def job(make_container: Callable[..., Container], watched: WatchedStorage) -> Iterator[Job]:
    with WsgiServer(create_app(make_container(stored_in=watched))) as server:
        waiting = Job(server.url, watched)
        yield waiting
        waiting.finish()


def test_a_script_polls_in_place(browser: Chromium, job: Job) -> None:
    browser.open(job.page)
    assert browser.one("h1").text in ("Queued", "Running")
    assert browser.violations() == []
    browser.script("window.first = true")
    job.finish()
    browser.wait(lambda: browser.script("return document.querySelector('h1').textContent") == "Done")
    assert browser.script("return window.first"), "the page was not loaded again"
    assert browser.one("#news").get_property("textContent") == "The job is done."
    picture = browser.one("#live img")
    browser.wait(lambda: picture.get_property("naturalWidth") == 80)
    assert browser.violations() == []


def test_without_a_script_the_page_reloads(browser: Chromium, job: Job) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(job.page)
        job.finish()
        browser.wait(lambda: browser.driver.title.startswith("Job done"))
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
