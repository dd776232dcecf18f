"""A closed service behind API Gateway, in many containers with one bucket: what strangers see, and what a key opens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from app.access import sessions
from app.access.sessions import COOKIE, LIFETIME_S
from app.access.subkeys import Subkeys
from lab.account.package import from_tree
from lab.containers.timeline import ContainerState
from lab.local_lambda import LocalLambda, Options
from tests.live.pages.person import REMEMBER_TWO
from tests.support import drawing
from tests.support.browser import MODES, Chromium, Mode
from tests.support.http_client import KEY, KEY_HASH
from tests.support.s3.server import S3
from tests.support.waiting import wait_until

SECRET = "s" * 32
MOST_INVOCATIONS = 3
MOST_BYTES = 60_000
LOADED = """
const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
return all.map((entry) => [entry.name, entry.transferSize]);
"""
REFRESHES = """
return performance.getEntriesByType("resource").filter((entry) => entry.initiatorType === "fetch").length;
"""
SHOWN = """
const live = document.getElementById("live");
return [live.dataset.key, document.getElementById("news").textContent, live.textContent];
"""
# a timer of five seconds rings after a tenth of a second
HURRY = "const real = window.setTimeout; window.setTimeout = (call, delay) => real(call, delay / 50);"


@pytest.fixture(scope="module")
def lab(s3: S3) -> Iterator[LocalLambda]:
    environment = {
        **s3.environ(),
        "MONOLAMBDA_STORAGE": f"s3://{s3.bucket()}/dev",
        "MONOLAMBDA_SECRET": SECRET,
        "MONOLAMBDA_API_KEYS": KEY_HASH,
        "MONOLAMBDA_SIGNING_KEYS": f"a:{'k' * 32}",
    }
    function = from_tree(handler="wsgi.handler", environment=environment, memory_mb=1769)
    with LocalLambda(lambda directory: [function], Options()) as running:
        yield running


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(drawing.encoded(drawing.photo(640, 480), "JPEG"))
    return path


def sign_in(browser: Chromium, lab: LocalLambda, *, age_s: float = 0.0) -> None:
    """Give the browser the session of somebody who signed in so long ago."""
    digest = Subkeys(SECRET.encode).digest("session")
    cookie = sessions.issue(digest, KEY_HASH.encode(), now=time.time() - age_s)
    browser.open(f"{lab.url}/login")
    browser.driver.add_cookie({"name": COOKIE, "value": cookie, "path": "/dev"})


def refused(browser: Chromium) -> bool:
    """Return whether the console says that the page itself was a 401, and nothing else."""
    messages = browser.console()
    return len(messages) == 1 and "status of 401" in messages[0]


@pytest.mark.parametrize("path", ["/", "/images", "/status", f"/images/{'0' * 32}/delete", "/docs"])
def test_every_page_tells_a_stranger_how_to_get_in(browser: Chromium, lab: LocalLambda, path: str) -> None:
    browser.open(lab.url + path)
    browser.console()  # a 401 or a 404 is one line of the console
    (link,) = browser.all("nav a[href*='/dev/login']")
    assert link.text == "Sign in"
    if path in ("/", "/images", "/status"):
        assert browser.all("main a[href*='/dev/login']"), "the page itself says it too"
    assert not browser.all("main form[method=post]"), "a form that a stranger cannot send"


@pytest.mark.parametrize("mode", [MODES[0], Mode(320, "dark")], ids=str)
def test_a_page_of_a_closed_stage_has_no_violations(browser: Chromium, lab: LocalLambda, mode: Mode) -> None:
    browser.look(mode)
    for path in ("/", "/images", "/login", "/status"):
        browser.open(lab.url + path)
        assert (path, browser.violations(), browser.sideways()) == (path, [], 0)
    assert refused(browser)


def test_a_page_has_no_violations_when_signed_in(browser: Chromium, lab: LocalLambda) -> None:
    """What strangers do not see: the forms, the list, the state in full and the way out."""
    sign_in(browser, lab)
    browser.look(Mode(390, "dark"))
    for path in ("/", "/images", "/login", "/status"):
        browser.open(lab.url + path)
        assert browser.one("nav form button").text == "Sign out"
        assert (path, browser.violations(), browser.sideways()) == (path, [], 0)


def test_a_key_opens_everything_with_the_keyboard_only(browser: Chromium, lab: LocalLambda, photo: Path) -> None:
    browser.open(f"{lab.url}/images")
    assert refused(browser)
    browser.submit("main a.button")
    field = browser.driver.switch_to.active_element
    assert field.get_attribute("id") == "key", "the field has the focus"
    page = browser.one("html")
    ActionChains(browser.driver).send_keys(KEY, Keys.ENTER).perform()
    browser.wait_until_left(page)
    assert browser.path == "/dev/images"
    assert browser.one("h1").text == "Images"
    browser.one("nav form button").send_keys(Keys.ENTER)
    browser.wait(lambda: browser.all("nav a[href*='/dev/login']"))
    browser.console()  # Chromium says that it cleared its cache
    browser.open(f"{lab.url}/images")
    assert refused(browser)


def test_what_is_no_key_is_said_beside_the_field(browser: Chromium, lab: LocalLambda) -> None:
    browser.open(f"{lab.url}/login?next=/docs")
    browser.one("#key").send_keys("no key")
    browser.submit("form.card button")
    assert refused(browser)
    field = browser.one("#key")
    assert field.get_attribute("aria-invalid") == "true"
    assert browser.one(f"#{field.get_attribute('aria-describedby')}").text.startswith("That is not a key")
    assert browser.violations() == []
    field.send_keys(KEY)
    browser.submit("form.card button")
    assert browser.path == "/dev/docs", "the way to the page that was asked for survives a mistake"


def test_a_session_that_has_expired_asks_for_the_key_again(browser: Chromium, lab: LocalLambda) -> None:
    sign_in(browser, lab, age_s=LIFETIME_S - 600)
    browser.open(f"{lab.url}/images")
    assert browser.one("h1").text == "Images"
    sign_in(browser, lab, age_s=LIFETIME_S + 600)
    browser.open(f"{lab.url}/images")
    assert refused(browser)
    assert browser.one("main a.button").text == "Sign in with a key"


def test_a_key_holder_uploads_finds_and_deletes(browser: Chromium, lab: LocalLambda, photo: Path) -> None:
    sign_in(browser, lab)
    browser.open(f"{lab.url}/")
    browser.one("input[type=file]").send_keys(str(photo))
    browser.submit("#upload button:not([type])")
    browser.wait(lambda: browser.path.startswith("/dev/images/"))
    image = browser.path
    browser.open(f"{lab.url}/images")
    (thumbnail,) = browser.all("main li img")
    browser.wait(lambda: thumbnail.get_property("naturalWidth") == 240)
    browser.submit("main li a")
    assert browser.path == image
    assert browser.violations() == [], "with the presigned link that only a key holder sees"
    browser.open(f"{lab.url}{image.removeprefix('/dev')}/delete")
    assert "640×480 JPEG" in browser.one("#delete p").text
    browser.submit("#delete button.danger")
    assert browser.path == "/dev/"
    browser.open(f"{lab.url}/images")
    assert "Nothing is stored yet" in browser.one("main").text


def test_the_first_page_costs_little(browser: Chromium, lab: LocalLambda) -> None:
    sign_in(browser, lab)
    # what a page before this one asked for and did not wait for counts too, once a container has started for it
    wait_until(lambda: set(lab.timeline.states()) == {ContainerState.FROZEN})
    browser.script(REMEMBER_TWO)
    browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    before = lab.timeline.totals.invocations
    browser.open(f"{lab.url}/")
    assert len(browser.all("#recent li")) == 2
    first = lab.timeline.totals.invocations - before
    loaded = browser.script(LOADED)
    assert first == len(loaded), "the judge counts what was loaded"
    assert first <= MOST_INVOCATIONS, loaded
    assert 0 < sum(size for _, size in loaded) <= MOST_BYTES, loaded
    assert browser.script(
        "return [...document.querySelectorAll('script')].every((script) => script.type === 'module' || script.defer)"
    ), "a script that holds up the page"
    browser.open(f"{lab.url}/")
    assert lab.timeline.totals.invocations - before - first == 1, "style sheet and scripts are kept"


def test_the_status_says_when_another_container_answers(browser: Chromium, lab: LocalLambda) -> None:
    sign_in(browser, lab)
    browser.open(f"{lab.url}/status")
    asked = Request(
        f"{lab.live_url}/burst",
        msgspec.json.encode({"count": 4, "path": "/healthz"}),
        {"X-Lab": "1", "Content-Type": "application/json"},
    )
    browser.one("#pause").click()
    first, _, _ = browser.script(SHOWN)

    def another() -> list[str] | None:
        with urlopen(asked, timeout=60):
            browser.one("#refresh a").click()
        shown: list[str] = browser.script(SHOWN)  # all in one look, because a click before may still be answered
        # after two clicks at once it may be the first again, which is another than the one between
        return shown if "Another container answered" in shown[1] and shown[0] != first else None

    met, news, page = browser.wait(another)
    assert news == f"Another container answered: {met}, warm."
    assert met in page


def test_the_status_refreshes_until_it_is_paused(browser: Chromium, lab: LocalLambda) -> None:
    sign_in(browser, lab)
    added = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": HURRY})
    try:
        browser.open(f"{lab.url}/status")
        browser.wait(lambda: browser.script(REFRESHES) >= 2)
        browser.one("#pause").click()
        assert browser.one("#pause").get_attribute("aria-pressed") == "true"

        def still() -> int:
            """Return how many there were, when none comes in a second; one may have been on its way."""
            before: int = browser.script(REFRESHES)
            time.sleep(1)
            return before if browser.script(REFRESHES) == before else 0

        paused = browser.wait(still)
        browser.one("#pause").click()
        browser.wait(lambda: browser.script(REFRESHES) > paused)
    finally:
        browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
