"""The browser as a test finds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import MODES, Chromium


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
