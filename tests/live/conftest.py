"""A photo, one browser and one server for whoever needs no settings, and the app under each server in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.support import browser, drawing
from tests.support.app_server import Server, flask_run, gunicorn, running, serve
from tests.support.browser import Chromium


@pytest.fixture(scope="session")
def large_photo() -> bytes:
    """A JPEG of 1200 by 900 pixels."""
    return drawing.encoded(drawing.photo(1200, 900), "JPEG", quality=85)


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with browser.opened(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(flask_run, tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture
def driver(window: Chromium, site: Server) -> webdriver.Chrome:
    """What drives the browser, on a page of the server without pictures and scripts."""
    window.open(f"http://{site.host}/healthz")
    return window.driver


@pytest.fixture(scope="session", params=[flask_run, serve, gunicorn], ids=["flask run", "make serve", "gunicorn"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each server in turn, with default settings except that sources on loopback are allowed."""
    directory = tmp_path_factory.mktemp("server")
    with running(request.param, directory, MONOLAMBDA_SOURCE_NETWORKS="127.0.0.0/8") as started:
        yield started
