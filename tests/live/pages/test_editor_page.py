"""What a person can do with the page of an image: change it, compare, copy its links, and delete it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from app.views import units
from tests.live.pages.person import Person, pictures
from tests.support import drawing
from tests.support.app_server import Server, flask_run, running
from tests.support.browser import MODES, Chromium, Mode
from tests.support.http_client import KEY, KEY_HASH

NATURAL = "const picture = document.querySelector('#after'); return [picture.naturalWidth, picture.naturalHeight]"
# holds the first answer that the page fetches until window.release() is called
HOLD_FIRST = """
const real = window.fetch;
let count = 0;
window.fetch = async (...given) => {
  count += 1;
  if (count > 1) return real(...given);
  const answer = await real(...given);
  window.held = true;
  await new Promise((resolve) => { window.release = resolve; });
  setTimeout(() => { window.handled = true; }, 1000);
  return answer;
};
"""

# presses a button again in the moment in which it says that it did something
COPY_TWICE = """
const [button, done] = arguments;
const watch = new MutationObserver(() => { watch.disconnect(); button.click(); done(); });
watch.observe(button, { childList: true });
button.click();
"""
RECENT = "return localStorage.getItem('monolambda.recent') ?? ''"


@pytest.fixture
def person(browser: Chromium, site: Server, tmp_path: Path) -> Person:
    """Somebody who has just uploaded an image of 700 by 500 pixels."""
    somebody = Person(browser, site)
    somebody.upload(pictures(tmp_path)[0])
    somebody.arrive("/images/")
    return somebody


def set_to(person: Person, name: str, value: str) -> None:
    """Type a value into a field, or choose it."""
    field = person.browser.one(f"[name={name}]")
    if field.tag_name == "input":
        field.clear()
    field.send_keys(value)


def shows(person: Person, width: int, height: int) -> None:
    person.browser.wait(lambda: person.browser.script(NATURAL) == [width, height])


def fetched(url: str) -> Image.Image:
    with urlopen(url, timeout=30) as answer:
        return Image.open(BytesIO(answer.read()))


def test_a_change_is_shown_with_its_size_and_its_link(person: Person) -> None:
    set_to(person, "width", "300")
    set_to(person, "format", "webp")
    shows(person, 300, 214)
    person.see("#stats", "ms")
    person.browser.wait(lambda: "width=300" in person.browser.one("#url").text)
    url = person.browser.one("#url").text
    image = fetched(url)
    assert (image.format, image.size) == ("WEBP", (300, 214))
    with urlopen(url, timeout=30) as answer:
        size = units.size(len(answer.read()))
    assert size in person.browser.one("#stats").text
    assert "−" in person.browser.one("#stats").text
    assert f"curl -o result '{url}'" == person.browser.one("#curl").text
    assert 'srcset="' in person.browser.one("#html").text
    person.browser.driver.refresh()
    shows(person, 300, 214)
    assert person.browser.one("#f-width").get_attribute("value") == "300"


def test_what_the_browser_cannot_show_has_its_links_size_and_time(person: Person) -> None:
    browser = person.browser
    set_to(person, "width", "300")
    set_to(person, "format", "tiff")
    person.see("#stats", "This browser cannot show TIFF. The links are right.")
    url = browser.one("#url").text
    assert {"width=300", "format=tiff"} <= set(url.split("&"))
    assert url in browser.one("#curl").text
    assert "format=tiff" in browser.one("#html").text
    with urlopen(url, timeout=30) as answer:
        assert f"→ {units.size(len(answer.read()))}, " in browser.one("#stats").text
    assert not browser.one("#after").is_displayed(), "neither the picture before, nor a broken one"
    browser.driver.refresh()
    person.see("#stats", "This browser cannot show TIFF. The links are right.")
    set_to(person, "format", "png")
    browser.wait(lambda: "format=png" in browser.one("#url").text and "cannot" not in browser.one("#stats").text)
    shows(person, 300, 214)
    assert browser.one("#after").is_displayed()


def test_the_last_change_wins(person: Person) -> None:
    """The answer to the first change arrives after that to the second."""
    browser = person.browser
    browser.script(HOLD_FIRST)
    set_to(person, "width", "640")
    browser.wait(lambda: browser.script("return window.held"))
    set_to(person, "width", "77")
    shows(person, 77, 55)
    browser.script("window.release()")
    browser.wait(lambda: browser.script("return window.handled"))
    assert browser.script(NATURAL) == [77, 55]
    assert "width=77" in browser.one("#url").text


def test_what_is_wrong_stands_beside_its_field(person: Person) -> None:
    person.browser.one("details:not(.scripted) summary").click()
    set_to(person, "tint", "blurple")
    person.see("#e-tint", "expected a CSS color name")
    assert person.browser.one("#f-tint").get_attribute("aria-invalid") == "true"
    set_to(person, "tint", "navy")
    person.browser.wait(lambda: "tint=" in person.browser.one("#url").text)
    assert person.browser.one("#e-tint").text == ""
    assert [line for line in person.browser.console() if "status of 400" not in line] == []


def test_a_click_sets_the_focal_point_and_a_drag_crops(person: Person) -> None:
    browser = person.browser
    browser.one("details.scripted summary").click()
    source = browser.one("#source")
    browser.wait(lambda: browser.script("return arguments[0].naturalWidth", source) == 640)
    browser.script("arguments[0].scrollIntoView({ block: 'center' })", source)
    wide, high = source.size["width"], source.size["height"]
    ActionChains(browser.driver).move_to_element_with_offset(source, wide // 4, -high // 4).click().perform()
    x, y = map(float, str(browser.one("#f-focal").get_attribute("value")).split(","))
    assert [x, y] == pytest.approx([0.75, 0.25], abs=0.02)
    assert browser.one("#f-fit").get_attribute("value") == "cover"
    drag = ActionChains(browser.driver).move_to_element_with_offset(source, -wide // 4, -high // 4)
    drag.click_and_hold().move_by_offset(wide // 2, high // 2).release().perform()
    left, top, width, height = map(int, str(browser.one("#f-crop").get_attribute("value")).split(","))
    assert [left, top, width, height] == pytest.approx([175, 125, 350, 250], abs=8)
    browser.wait(lambda: "crop=" in browser.one("#url").text)
    assert fetched(browser.one("#url").text).width == pytest.approx(350, abs=8), "no wider than what is left"


def test_both_pictures_can_be_compared_at_their_own_size(person: Person) -> None:
    browser = person.browser
    set_to(person, "blur", "9")
    shows(person, 480, 343)
    browser.one("#split").send_keys(Keys.ARROW_RIGHT)
    browser.wait(lambda: browser.script("return document.querySelector('#before').naturalWidth") == 480)
    assert "blur" not in str(browser.one("#before").get_attribute("src"))
    assert browser.one("#before").is_displayed()
    browser.one("#actual").click()
    assert browser.one("#after").size["width"] == 480


def copied(person: Person, name: str) -> str:
    """Press a copy button and return what is in the clipboard then."""
    driver = person.browser.driver
    allowed = {"origin": person.base, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    driver.execute_cdp_cmd("Browser.grantPermissions", allowed)
    person.browser.one(f"[data-copy={name}]").click()
    person.see(f"[data-copy={name}]", "Copied")
    return str(driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])"))


def test_a_link_is_copied(person: Person) -> None:
    for name in ("url", "curl", "html"):
        text = copied(person, name)
        assert text == person.browser.one(f"#{name}").text
        assert person.path.split("?")[0].removeprefix("/images/") in text


def test_a_button_that_is_pressed_twice_gets_its_label_back(person: Person) -> None:
    button = person.browser.one("[data-copy=url]")
    label = button.text
    person.browser.driver.execute_async_script(COPY_TWICE, button)
    person.browser.wait(lambda: button.text == label)


def test_facts_and_position_come_on_request(person: Person) -> None:
    assert not person.browser.one("#facts").is_displayed()
    person.browser.one("[data-facts=safe]").click()
    person.see("#facts", "blurhash")
    assert len(person.browser.all(".swatches span")) > 1
    assert person.browser.violations() == []
    person.browser.one("[data-facts=all]").click()
    person.see("#facts", "does not say where")


def test_where_a_photo_was_taken_is_told_on_request_only(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "located.jpg"
    path.write_bytes(drawing.encoded(drawing.photo(300, 200), "JPEG", exif=drawing.author("somebody")))
    person.upload(path)
    person.arrive("/images/")
    person.browser.one("[data-facts=safe]").click()
    person.see("#facts", "Camera works")
    assert "48.85" not in str(person.browser.script("return document.documentElement.outerHTML"))
    person.browser.one("[data-facts=all]").click()
    person.see("#facts", "latitude 48.858333, longitude 2.294444")


def test_deleting_asks_says_what_goes_and_forgets(person: Person) -> None:
    image = person.path.split("?")[0]
    assert image.removeprefix("/images/") in person.browser.script(RECENT)
    person.open(f"{image}/delete")
    assert "every size and format made from it" in person.browser.one("main").text
    person.browser.submit("button.danger")
    assert person.path == "/"
    assert not person.browser.all(f"#recent a[href='{image}']")
    assert image.removeprefix("/images/") not in person.browser.script(RECENT)
    person.open(image)
    assert person.browser.one("h1").text == "Not found"
    assert [text for text in person.browser.console() if "404" not in text] == []


def sign_in(person: Person, path: str = "/") -> None:
    person.open(f"/login?next={path}")
    person.browser.one("#key").send_keys(KEY)
    person.browser.submit("main button")


def end_session(person: Person) -> None:
    """Take the cookie away, as time does."""
    person.browser.driver.delete_all_cookies()


@pytest.fixture
def member(browser: Chromium, tmp_path: Path) -> Iterator[Person]:
    """Somebody who has signed in and uploaded an image, whose session ends during the test; links are signed."""
    signing = "k1:" + hashlib.sha256(b"signing").hexdigest()
    closed = {"MONOLAMBDA_API_KEYS": KEY_HASH, "MONOLAMBDA_SIGNING_KEYS": signing}
    with running(flask_run, tmp_path, **closed) as server:
        somebody = Person(browser, server)
        sign_in(somebody)
        somebody.upload(pictures(tmp_path)[0])
        somebody.arrive("/images/")
        yield somebody
        assert [line for line in browser.console() if "status of 401" not in line] == []


def test_who_was_signed_in_reads_that_the_session_has_ended(member: Person) -> None:
    """In the editor, with a link that leads back there; what the links were is not replaced by what opens nothing."""
    browser = member.browser
    member.see("#stats", "ms")
    signed = browser.one("#url").text
    end_session(member)
    browser.one("[data-facts=safe]").click()
    member.see("#facts", "Your session has ended.")
    set_to(member, "width", "123")
    member.see("#stats", "Your session has ended. Sign in in a new tab, then try again.")
    assert "MONOLAMBDA" not in browser.one("main").text
    assert browser.one("#url").text == signed
    member.open(urlsplit(str(browser.one("#stats a").get_attribute("href")))._replace(scheme="", netloc="").geturl())
    browser.one("#key").send_keys(KEY)
    browser.submit("main button")
    assert "width=123" in member.path, "what was changed last"
    shows(member, 123, 88)


def test_an_image_that_was_not_deleted_is_not_forgotten(member: Person) -> None:
    browser = member.browser
    image = member.path.partition("?")[0]
    member.open(f"{image}/delete")
    end_session(member)
    browser.one("button.danger").click()
    member.see("#problem", "Your session has ended.")
    assert image.removeprefix("/images/") in browser.script(RECENT)
    sign_in(member, f"{image}/delete")
    browser.one("button.danger").click()
    member.arrive("/")
    browser.wait(lambda: member.path == "/")
    assert image.removeprefix("/images/") not in browser.script(RECENT)


def test_deleting_works_without_scripts(person: Person) -> None:
    image = person.path.partition("?")[0]
    with person.without_scripts():
        person.open(f"{image}/delete")
        person.browser.submit("button.danger")
        assert person.path == "/"
    person.open(image)
    assert person.browser.one("h1").text == "Not found"
    assert [text for text in person.browser.console() if "404" not in text] == []


def test_everything_is_reached_by_the_keyboard(person: Person) -> None:
    person.browser.script("document.activeElement.blur()")
    person.tab_to("#split")
    person.tab_to("#f-width")
    person.press(Keys.CONTROL + "a" + Keys.NULL, "123", Keys.ENTER)
    shows(person, 123, 88)
    person.tab_to("[data-copy=url]")
    person.tab_to("a.danger")
    person.press(Keys.ENTER)
    person.arrive(f"{person.path.split('?')[0]}")


def test_without_scripts_the_form_shows_the_result_and_what_is_wrong(person: Person) -> None:
    browser = person.browser
    with person.without_scripts():
        browser.driver.refresh()
        set_to(person, "width", "200")
        browser.submit("#options .row button")
        assert browser.one("#url").text.endswith("&width=200")
        assert str(browser.one("#after").get_attribute("src")).endswith("&width=200")
        set_to(person, "crop", "1,2,3")
        browser.submit("#options .row button")
        assert "x,y,width,height" in browser.one("#e-crop").text
        assert browser.one("#f-width").get_attribute("value") == "200", "nothing that was typed is lost"
    assert [line for line in browser.console() if "status of 400" not in line] == []


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_the_open_editor_has_no_violations(person: Person, mode: Mode) -> None:
    person.browser.look(mode)
    for summary in person.browser.all("summary"):
        summary.click()
    assert person.browser.violations() == []
    assert person.browser.sideways() == 0


def hand_out_presigned(person: Person) -> None:
    """Copy a presigned URL for an hour, with scripts and without; it works for everybody, and only as it is."""
    browser = person.browser
    set_to(person, "expires_in", "1 hour")
    browser.wait(lambda: "expires_in=3600" in person.path)
    browser.wait(lambda: expiry(copied(person, "presigned")) == pytest.approx(time.time() + 3600, abs=300))
    link = copied(person, "presigned")
    until = datetime.fromtimestamp(expiry(link), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert browser.one("#presigned-until").text == until
    with person.without_scripts():
        browser.driver.refresh()
        assert Select(browser.one("#f-expires_in")).first_selected_option.text == "1 hour"
        set_to(person, "expires_in", "7 days")
        browser.submit("#options .row button")
        weekly = browser.one("#presigned").text
        assert not browser.one("[data-copy=presigned]").is_displayed()
    assert expiry(weekly) == pytest.approx(time.time() + 7 * 86_400, abs=300)
    assert browser.violations() == []
    for each in (link, weekly):
        assert fetched(each).size == (111, 79)
        with pytest.raises(OSError, match="403"):
            fetched(each.replace("expires=", "expires=9"))


def test_a_preset_is_where_changes_begin(browser: Chromium, tmp_path: Path) -> None:
    with running(
        flask_run, tmp_path, MONOLAMBDA_PRESETS="avatar:width=90&height=90&fit=cover&grayscale=true"
    ) as server:
        person = Person(browser, server)
        person.upload(pictures(tmp_path)[0])
        person.arrive("/images/")
        image = person.path.partition("?")[0]
        person.open(f"{image}?preset=avatar")
        shows(person, 90, 90)
        set_to(person, "quality", "31")
        browser.wait(lambda: "quality=31" in browser.one("#url").text)
        for address in (person.path, browser.one("#url").text):
            asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items() if name != "id"}
            wanted = {"width": "90", "height": "90", "fit": "cover", "grayscale": "true", "quality": "31"}
            assert asked == wanted, address
        browser.wait(lambda: "KB" in browser.one("#stats").text or "bytes" in browser.one("#stats").text)
        shows(person, 90, 90)
        browser.one("#split").send_keys(Keys.ARROW_RIGHT)
        before = (
            "return document.querySelector('#before').naturalWidth / document.querySelector('#before').naturalHeight"
        )
        browser.wait(lambda: browser.script(before) == 1)


def expiry(link: str) -> int:
    return int(parse_qs(urlsplit(link).query)["expires"][0])


def test_on_a_closed_stage_a_key_holder_edits_and_a_stranger_reads_how(browser: Chromium, tmp_path: Path) -> None:
    """Keys and signing are set; the copied link works for everybody, the same without its signature for nobody."""
    signing = "k1:" + hashlib.sha256(b"signing").hexdigest()
    closed = {"MONOLAMBDA_API_KEYS": KEY_HASH, "MONOLAMBDA_SIGNING_KEYS": signing}
    with running(flask_run, tmp_path, **closed) as server:
        person = Person(browser, server)
        person.open("/")
        assert "needs an API key" in browser.one("main").text
        assert not browser.all("input[type=file]")
        browser.submit("main .card a")
        browser.one("#key").send_keys(KEY)
        browser.submit("main button")
        person.upload(pictures(tmp_path)[0])
        person.arrive("/images/")
        set_to(person, "width", "111")
        shows(person, 111, 79)
        browser.wait(lambda: "width=111" in browser.one("#url").text)
        url = browser.one("#url").text
        assert fetched(url).size == (111, 79)
        with pytest.raises(OSError, match="401"):
            fetched(url.partition("&s=")[0])
        hand_out_presigned(person)
        browser.driver.delete_all_cookies()
        browser.driver.refresh()
        assert "sign in with a key" in browser.one("main").text
        assert not browser.all("main img")
