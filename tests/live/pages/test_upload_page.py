"""What a person can do with the upload page: with and without scripts, with a mouse or with the keyboard only."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from selenium.webdriver.common.keys import Keys

from app.core.errors import Busy
from app.service import Image
from app.views import units, uploaded
from tests.live.pages.person import LOADED, REMEMBER_TWO, Person, pictures
from tests.support import drawing
from tests.support.app_server import Server, flask_run, running
from tests.support.browser import MODES, Chromium, Mode
from tests.support.origin import Origin, ok

MOST_AT_ONCE = 200_000
# gives a file to the page as a paste or a drop does
HAND_OVER = """
const [kind, name, text] = arguments;
const files = new DataTransfer();
files.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name, { type: "image/png" }));
const event = kind === "paste"
  ? new ClipboardEvent("paste", { clipboardData: files, bubbles: true })
  : new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
document.body.dispatchEvent(event);
"""
SAY = """
const [module, counts, milliseconds, done] = arguments;
import(module).then((units) => done(
  [counts.map(units.size), counts.map(units.binarySize), milliseconds.map(units.duration)]
));
"""
ADDRESS = """
const [module, done, failed, most, answer] = arguments;
import(module).then(({ listOf }) => answer(`/?${listOf(done, failed, most)}`));
"""
# keeps every state that a progress bar is ever in
WATCH = """
window.seen = [];
new MutationObserver(() => { for (const bar of document.querySelectorAll("progress")) seen.push(bar.position); })
  .observe(document.body, { subtree: true, childList: true, attributes: true });
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"MONOLAMBDA_MAX_BODY_BYTES": str(MOST_AT_ONCE), "MONOLAMBDA_MAX_SOURCE_BYTES": "2000000"}
    # of this machine, only the address of the origin may be fetched from
    networks = {"MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.1/32"}
    with running(flask_run, tmp_path_factory.mktemp("site"), **limits, **networks) as server:
        yield server


@pytest.fixture
def person(browser: Chromium, site: Server) -> Person:
    somebody = Person(browser, site)
    somebody.open("/")
    browser.script("localStorage.clear()")
    return somebody


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return pictures(tmp_path)


def noise(folder: Path, side: int, quality: int = 95) -> Path:
    path = folder / f"noise{side}.jpg"
    path.write_bytes(drawing.encoded(drawing.noise(side, side), "JPEG", quality=quality))
    return path


def test_a_first_visit_is_light(person: Person) -> None:
    """Page, style sheet and script, also for who has uploaded; under the lab each would be an invocation."""
    person.browser.script(REMEMBER_TWO)
    person.browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    person.open("/")
    loaded = person.browser.script(LOADED)
    assert len(person.browser.all("#recent li")) == 2
    assert len(loaded) == 3
    assert 0 < sum(loaded) <= 60 * 1024
    person.open("/")
    assert person.browser.script(LOADED)[1:] == [0, 0], "kept for ever"


def test_an_upload_leads_to_the_page_of_the_image(person: Person, files: list[Path]) -> None:
    person.upload(files[0])
    person.arrive("/images/")
    assert person.browser.one("h1").text == "700×500 JPEG"
    assert int(str(person.browser.one("#after").get_property("naturalWidth"))) == 480


def test_a_file_is_seen_before_it_is_sent_and_can_be_taken_back(person: Person, files: list[Path]) -> None:
    person.choose(files[0], files[1])
    person.browser.wait(lambda: len(person.browser.script(
        "return [...document.querySelectorAll('#files img')].filter((picture) => picture.naturalWidth)"
    )) == 2)  # fmt: skip
    assert person.browser.one("#upload > button").text == "Upload 2 images"
    person.see("#files li", f"a.jpg · {units.size(files[0].stat().st_size)}")
    person.browser.one("#files button").click()
    assert len(person.browser.all("#files li")) == 1
    assert "ö b.png" in person.browser.one("#files li").text
    assert person.path == "/"


def test_progress_is_that_of_the_network(person: Person, tmp_path: Path) -> None:
    path = noise(tmp_path, 300)
    assert path.stat().st_size < MOST_AT_ONCE
    person.choose(path)
    person.browser.script(WATCH)
    driver = person.browser.driver
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    try:
        person.browser.one("#upload > button").click()
        moving = "return window.seen?.some((at) => at > 0 && at < 1)"
        person.browser.wait(lambda: person.path != "/" or person.browser.script(moving))
        assert person.path == "/", "the page said how far it was before it was done"
        person.arrive("/images/")
    finally:
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})


def test_several_files_are_sent_and_listed_at_an_address(person: Person, files: list[Path]) -> None:
    person.upload(*files)
    person.see("#outcome", "3 uploaded")
    assert len(person.browser.all("#files a")) == 3
    person.browser.driver.refresh()
    assert person.browser.one("h1").text == "3 uploaded"
    assert len(person.browser.all("main li img")) == 3
    person.open("/")
    person.browser.wait(lambda: len(person.browser.all("#recent img")) == 3)
    person.browser.one("#recent button").click()
    person.open("/")
    assert not person.browser.one("#recent").is_displayed()


def test_scripts_say_sizes_in_the_words_of_the_pages(person: Person) -> None:
    counts = [0, 999, 1000, 1250, 9949, 9950, 12_500, 999_499, 999_500, 4_669_515, 33_554_431, 7_300_000_000, 10**13]
    milliseconds = [0, 0.44, 0.25, 9.94, 9.96, 38.5, 999.4, 999.5, 12_345]
    module = str(person.browser.one("script[type=module]").get_attribute("src")).replace("upload.js", "units.js")
    said = person.browser.driver.execute_async_script(SAY, module, counts, milliseconds)
    assert said == [
        [units.size(count) for count in counts],
        [units.binary_size(count) for count in counts],
        [units.duration(each) for each in milliseconds],
    ]


@pytest.mark.parametrize(("stored", "failed"), [(2, 0), (1, 1), (22, 12), (1500, 1500)])
def test_scripts_list_uploads_at_the_address_that_forms_lead_to(person: Person, stored: int, failed: int) -> None:
    ids = [
        f"{2 * number // 3:032x}" for number in range(stored)
    ]  # every third is the one before it, under another name
    names = [f"{number} 🙂&:" + "ö" * 60 for number in range(failed)]
    module = str(person.browser.one("script[type=module]").get_attribute("src")).replace("upload.js", "transfer.js")
    made = person.browser.driver.execute_async_script(
        ADDRESS,
        module,
        [{"id": each, "known": number % 2} for number, each in enumerate(ids)],
        [{"code": "busy", "name": name} for name in names],
        json.loads(str(person.browser.one("#upload").get_attribute("data-most"))),
    )
    app = Flask(__name__)
    app.add_url_rule("/", "pages.index")
    app.add_url_rule("/images/<image_id>", "images.show")
    with app.test_request_context():
        wanted = uploaded.address(
            [(Image(each, "png", 1, 1, 1, 1, 0.0), not number % 2) for number, each in enumerate(ids)],
            [(name, Busy("busy")) for name in names],
        )
    assert parse_qs(urlsplit(made).query) == parse_qs(urlsplit(wanted).query)


@pytest.mark.parametrize("kept", ["{}", "5", "[null, 7]", "broken"])
def test_a_list_of_recent_uploads_that_is_none_hinders_nobody(person: Person, files: list[Path], kept: str) -> None:
    person.browser.script("localStorage.setItem('monolambda.recent', arguments[0])", kept)
    person.open("/")
    assert not person.browser.one("#recent").is_displayed()
    person.upload(files[0])
    person.arrive("/images/")
    assert person.browser.console() == []


def test_a_picture_that_the_browser_cannot_draw_is_remembered_by_its_name(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "scan.tiff"
    path.write_bytes(drawing.encoded(drawing.photo(91, 60), "TIFF"))
    person.upload(path)
    person.arrive("/images/")
    person.open("/")
    assert [item.text for item in person.browser.all("#recent li")] == ["scan.tiff"]
    assert not person.browser.all("#recent img")
    assert person.browser.violations() == []


def test_what_was_fetched_is_remembered(person: Person) -> None:
    with Origin() as origin:
        origin.routes["/deep/far.png"] = ok(drawing.encoded(drawing.photo(92, 60), "PNG"))
        person.browser.one("#url").send_keys(origin.url("/deep/far.png?big=1"))
        person.browser.one("#fetch button").click()
        person.arrive("/images/")
    assert person.browser.one("h1").text == "92×60 PNG"
    person.open("/")
    assert [item.text for item in person.browser.all("#recent li")] == ["far.png"]


def test_a_duplicate_is_said_to_be_one(person: Person, tmp_path: Path) -> None:
    path = noise(tmp_path, 31)
    for known in (False, True):
        person.upload(path)
        person.arrive("/images/")
        assert bool(person.browser.all("p[role=status].card")) == known


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_can_be_pasted_and_dropped(person: Person, kind: str) -> None:
    person.open("/")
    data = drawing.encoded(drawing.photo(90, 60 + len(kind)), "PNG")
    person.browser.script(HAND_OVER, kind, "shot.png", base64.b64encode(data).decode())
    assert "shot.png" in person.browser.one("#files li").text
    person.browser.one("#upload > button").click()
    person.arrive("/images/")
    assert person.browser.one("h1").text == f"90×{60 + len(kind)} PNG"


def test_what_is_wrong_stands_beside_the_file(person: Person, files: list[Path], tmp_path: Path) -> None:
    text, large = tmp_path / "text.jpg", tmp_path / "large.jpg"
    text.write_text("no image, whatever its name says")
    large.write_bytes(files[0].read_bytes() + bytes(2_000_000))
    person.upload(files[0], text, large)
    person.see("#outcome", "1 uploaded, 2 failed")
    wrong = {item.text.split(" ·")[0]: item.text for item in person.browser.all("#files li:has(.bad)")}
    assert set(wrong) == {"text.jpg", "large.jpg"}
    assert "judged by its content" in wrong["text.jpg"]
    assert "at most 1.9 MiB" in wrong["large.jpg"]
    person.browser.driver.refresh()
    assert person.browser.one("h1").text == "1 uploaded, 2 failed"
    told = {item.text.partition(":")[0]: item.text for item in person.browser.all("p.danger")}
    assert "Send a supported format" in told["text.jpg"]
    assert "Send a smaller file" in told["large.jpg"]
    assert [line for line in person.browser.console() if "status of 415" not in line] == []


def test_a_file_past_the_limit_of_a_request_takes_the_other_way(person: Person, tmp_path: Path) -> None:
    path = noise(tmp_path, 700)
    assert MOST_AT_ONCE < path.stat().st_size < 2_000_000
    person.upload(path)
    person.arrive("/images/")
    assert person.browser.one("h1").text == "700×700 JPEG"


@pytest.mark.parametrize("name", ["photo.heic", "photo.apng", "photo.json", "photo"])
@pytest.mark.parametrize("side", [40, 700])
def test_a_file_is_judged_by_its_content_whatever_the_browser_calls_it(
    person: Person, tmp_path: Path, name: str, side: int
) -> None:
    """Chromium knows no type for .heic, for the others one that is not read, and what is large is announced by type."""
    path = noise(tmp_path, side + len(name)).rename(tmp_path / name)
    assert (path.stat().st_size > MOST_AT_ONCE) == (side == 700)
    person.upload(path)
    person.browser.wait(lambda: person.path != "/" or person.browser.texts("#files .bad"))
    assert person.browser.texts("#files .bad") == []
    person.arrive("/images/")
    assert person.browser.one("h1").text == f"{side + len(name)}×{side + len(name)} JPEG"


def test_a_wrong_address_is_said_beside_its_field(person: Person) -> None:
    person.open("/")
    person.browser.one("#url").send_keys("http://127.0.0.2:9/a.jpg")
    person.browser.one("#fetch button").click()
    person.see("#url-error", "not on the public internet")
    assert person.browser.one("#url").get_attribute("aria-invalid") == "true"
    assert [line for line in person.browser.console() if "status of 4" not in line] == []


def test_uploading_works_with_the_keyboard_only(person: Person, files: list[Path]) -> None:
    person.open("/")
    person.tab_to("input[type=file]")
    person.browser.one("input[type=file]").send_keys(str(files[2]))
    person.browser.script("document.activeElement.blur()")
    person.tab_to("#upload > button")
    person.press(Keys.ENTER)
    person.arrive("/images/")
    assert person.browser.one("h1").text == "702×500 GIF"


def test_without_scripts_one_file_several_files_and_a_wrong_one(
    person: Person, files: list[Path], tmp_path: Path
) -> None:
    text, small = tmp_path / "text.jpg", noise(tmp_path, 33)
    text.write_text("no image")
    with person.without_scripts():
        person.upload(files[0])
        person.arrive("/images/")
        person.choose(files[0], small)
        person.browser.submit("#upload > button")
        assert person.browser.one("h1").text == "2 uploaded"
        assert "uploaded=" in person.path, "reloading sends nothing again"
        person.choose(files[0], text)
        person.browser.submit("#upload > button")
        assert person.browser.one("h1").text == "1 uploaded, 1 failed"
        assert "text.jpg" in person.browser.one("p.danger").text
        assert "uploaded=" in person.path
        person.choose(text)
        person.browser.submit("#upload > button")
        field = person.browser.one("#file")
        assert field.get_attribute("aria-invalid") == "true"
        assert "judged by its content" in person.browser.one("#file-error").text
    person.browser.driver.refresh()  # sends the form again, and the page is as it was
    person.browser.one("#file").send_keys(str(small))
    assert not person.browser.all("#file-error"), "another file is another matter"
    assert [line for line in person.browser.console() if "status of 415" not in line] == []


@pytest.mark.parametrize("mode", [MODES[0], MODES[-1]], ids=str)
def test_a_page_full_of_files_has_no_violations(person: Person, files: list[Path], mode: Mode, tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("no image")
    person.browser.look(mode)
    person.upload(*files, text)
    person.see("#outcome", "3 uploaded, 1 failed")
    assert person.browser.violations() == []
    assert person.browser.sideways() == 0
    assert [line for line in person.browser.console() if "status of 415" not in line] == []
