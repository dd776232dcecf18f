"""One browser for all tests of the pages, and one server for those that need no settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import browser as browsers
from tests.support.app_server import Server, flask_run, running
from tests.support.browser import MODES, Chromium


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with browsers.opened(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def browser(window: Chromium) -> Iterator[Chromium]:
    """The browser, without cookies; nothing may have appeared on its console that the test has not read."""
    window.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    window.look(MODES[0])
    window.console()
    yield window
    messages = window.console()
    window.open("about:blank")  # a page that refreshes itself would outlive its server
    assert messages == []


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(flask_run, tmp_path_factory.mktemp("site")) as server:
        yield server
