"""What a person can do on the lab's live page, and with the page of a recorded run."""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from lab.account.package import from_tree
from lab.local_lambda import LocalLambda, Options
from lab.pages.scenes import Lane, Scene, SceneRunner
from lab.tour.players import Players
from lab.tour.side_by_side import side_by_side
from lab.traits import Traits
from measurement.stamps import ROOT
from tests.support.browser import MODES, Chromium, Mode
from tests.support.lab import small_layouts
from tests.support.lab.fleet_client import FUNCTIONS
from tests.support.waiting import wait_until

# returns which of these colors a picture shows, without arguments those of the states in the rows
COLORS = """
const states = ["init", "serve", "after", "frozen", "killed"];
const [selector, names] = arguments.length ? arguments : ["canvas.rows", states];
const canvas = document.querySelector(selector);
if (canvas.hidden || !canvas.width || !canvas.height) return [];
const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
copy.drawImage(canvas, 0, 0);
const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
const seen = new Set();
for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 3).join());
const style = getComputedStyle(document.documentElement);
const rgb = (name) => [1, 3, 5].map((at) => parseInt(style.getPropertyValue(name).trim().slice(at, at + 2), 16)).join();
return names.filter((name) => seen.has(rgb(`--${name}`)));
"""
# moves the pointer along the first row until the details speak of a request
HOVER = """
const [canvas, details] = [document.querySelector("canvas.rows"), document.querySelector(".details")];
const { left, top, width } = canvas.getBoundingClientRect();
for (let x = 0; x < width && !details.textContent.includes("in the function"); x += 1) {
  canvas.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: left + x, clientY: top + 10 }));
}
return details.textContent;
"""
# moves the pointer along the first row and returns what is said of its last request
TOP = """
const [canvas, details] = [document.querySelector("canvas.rows"), document.querySelector(".details")];
const { left, top, width } = canvas.getBoundingClientRect();
details.textContent = "";
for (let x = width; x > 0 && !details.textContent.includes("in container"); x -= 1) {
  canvas.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX: left + x, clientY: top + 10 }));
}
return details.textContent;
"""
# returns the scenes that were played
CAPTIONS = """
return fetch("/_lab/events").then((got) => got.json()).then((news) => news.captions.map(({ scene }) => scene));
"""
# answers come after several times the pause between two questions
SLOW = """
const real = window.fetch;
window.fetch = async (...given) => {
  const answer = await real(...given);
  await new Promise((go) => { setTimeout(go, 1200); });
  return answer;
};
"""
# gives the picture when it was drawn once more
PICTURE = """
const done = arguments[0];
const picture = () => [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()).join();
requestAnimationFrame(() => requestAnimationFrame(() => done(picture())));
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLambda]:
    """A lab whose gateway does not wait long, with a second function that only callers of the Invoke API reach."""
    package = tmp_path_factory.mktemp("lab") / "package"
    shutil.copytree(FUNCTIONS, package, ignore=shutil.ignore_patterns("__pycache__"))
    function = from_tree(package, handler="probe.proxy", environment={}, memory_mb=512)
    functions = [function, msgspec.structs.replace(function, name="other")]
    with LocalLambda(lambda _: functions, Options(traits=Traits(gateway_timeout_s=6.0))) as started:
        yield started


@pytest.fixture
def page(browser: Chromium, lab: LocalLambda) -> Chromium:
    """The live page without containers, and without scenes."""
    lab.page.offer(SceneRunner([], lab.timeline.now))
    lab.fleet.end_containers()
    wait_until(lambda: not lab.timeline.states())
    browser.open(lab.live_url)
    browser.wait(lambda: texts(browser, ".lane dd"))
    browser.one("#clear").click()
    return browser


def send(page: Chromium, path: str, count: int, answer: str) -> None:
    """Send requests at once, and wait until their answers are counted."""
    for selector, text in (("#path", path), ("#count", str(count))):
        field = page.one(selector)
        field.clear()
        field.send_keys(text)
    page.one("button[name=burst]").click()
    page.wait(lambda: page.one("#result").text == f"{count} × {answer}")


def counter(page: Chromium, name: str) -> str:
    return next(line.partition("\n")[2] for line in texts(page, ".lane dl div") if line.startswith(f"{name}\n"))


def container(lab: LocalLambda, function: str) -> str:
    """Return the newest container of a function, as the page names it."""
    starts = [each.container for each in lab.timeline.since(0) if each.note.startswith(f"{function}:")]
    return f"{function} in container {starts[-1][:8]}"


def texts(page: Chromium, selector: str) -> list[str]:
    """Return what is shown at one moment: the page may replace it in the next."""
    script = "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText)"
    found: list[str] = page.script(script, selector)
    return found


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_the_live_page_has_no_violations_and_fits(page: Chromium, mode: Mode) -> None:
    page.look(mode)
    send(page, "/x", 3, "200")
    page.wait(lambda: page.script(COLORS))
    page.one(".lane summary").click()
    assert page.violations() == []
    assert page.sideways() == 0


def test_a_burst_is_drawn_and_counted(page: Chromium) -> None:
    send(page, "/x", 5, "200")
    page.wait(lambda: len(page.script(COLORS)) >= 3)
    page.wait(lambda: counter(page, "invocations") == "5")
    assert counter(page, "failed") == "0"
    assert "Narrower bars are drawn wider" in page.one(".lane").text


def test_a_slow_answer_counts_once(page: Chromium) -> None:
    page.script(SLOW)
    send(page, "/x", 3, "200")
    page.wait(lambda: counter(page, "invocations") != "0")
    send(page, "/x", 2, "200")
    page.wait(lambda: counter(page, "invocations") == "5")


@pytest.mark.parametrize("by", ["pointer", "keyboard"])
def test_request_time_and_price_can_be_read(page: Chromium, by: str) -> None:
    send(page, "/x?y=1", 1, "200")
    page.wait(lambda: counter(page, "invocations") == "1")
    if by == "pointer":
        page.wait(lambda: "in the function" in page.script(HOVER))
    else:
        page.one(".plot").send_keys(Keys.ARROW_DOWN)
    words = page.one(".details").text
    assert words.startswith("GET /dev/x?y=1: 200 · ")
    assert re.search(
        r" · [\d.,]+ m?s in the function · billed [\d.,]+ m?s, \$0\.0+\d+ · local in container \w+$", words
    )


def test_what_went_wrong_is_said_in_words(page: Chromium, lab: LocalLambda) -> None:
    send(page, "/?do=raise", 1, "502")
    lab.concurrency.reserve("local", 0)
    try:
        send(page, "/x", 2, str(lab.gateway.api.throttled_status))
    finally:
        lab.concurrency.reserve("local", None)
    send(page, "/?do=status&status=504", 1, "504")
    send(page, "/?do=hang", 1, "504")
    page.wait(lambda: (counter(page, "failed"), counter(page, "refused")) == ("1", "2"))
    page.one(".lane summary").click()
    page.wait(lambda: len(texts(page, ".lane tbody tr")) == 5)
    hanging, chosen, *refused, raised = texts(page, ".lane tbody tr")
    assert "504 given up" in hanging
    assert "504" in chosen
    assert "given up" not in chosen, "the function said so itself"
    assert all("refused" in row for row in refused)
    assert "502" in raised
    page.one("#kill").click()
    page.wait(lambda: "killed" in page.script(COLORS))


def test_a_pause_holds_the_picture_and_clear_folds_what_is_grey(page: Chromium) -> None:
    send(page, "/x", 3, "200")
    page.wait(lambda: counter(page, "invocations") == "3")
    page.one("#pause").click()
    held = page.driver.execute_async_script(PICTURE)
    send(page, "/x", 4, "200")
    assert page.driver.execute_async_script(PICTURE) == held
    assert counter(page, "invocations") == "3"
    page.one("#pause").click()
    page.wait(lambda: counter(page, "invocations") == "7")
    page.one("#clear").click()
    fold = page.one(".lane > button")
    page.wait(lambda: fold.text.startswith("Show "))
    assert counter(page, "invocations") == "0"
    assert page.script(COLORS) == []
    fold.click()
    page.wait(lambda: "frozen" in page.script(COLORS))


def test_another_kind_is_sent_steadily_until_it_is_stopped(page: Chromium) -> None:
    Select(page.one("#kind")).select_by_value("status")
    assert not page.one("#path-label").is_displayed()
    page.one("#rate").clear()
    page.one("#rate").send_keys("20")
    page.one("button[name=rate]").click()
    page.wait(lambda: page.one("#result").text == "Sending 20 a second.")
    page.wait(lambda: int(counter(page, "invocations")) >= 5)
    stop = page.one("#stop")
    page.wait(stop.is_displayed)
    stop.click()
    page.wait(lambda: page.one("#result").text == "Stopped sending.")
    page.wait(lambda: not stop.is_displayed())
    page.one(".lane summary").click()
    page.wait(lambda: len(texts(page, ".lane tbody tr")) >= 5)
    assert all("GET /dev/status" in row for row in texts(page, ".lane tbody tr"))


def test_the_newest_work_is_on_top_and_the_strip_shows_what_failed(page: Chromium, lab: LocalLambda) -> None:
    send(page, "/x", 1, "200")
    lab.fleet.invoke(lab.functions.for_invocation("other"), b'{"do": "where"}')
    page.wait(lambda: page.script(TOP).endswith(container(lab, "other")))
    strip = ("canvas.strip", ["accent", "bad"])
    page.wait(lambda: page.script(COLORS, *strip) == ["accent"])
    # the first container is older, and works again
    send(page, "/?do=raise", 1, "502")
    page.wait(lambda: page.script(TOP).endswith(container(lab, "local")))
    page.wait(lambda: page.script(COLORS, *strip) == ["accent", "bad"])


def test_a_key_or_a_button_plays_a_scene(page: Chromium, lab: LocalLambda) -> None:
    lanes = (Lane("Left", ("local",)), Lane("Right", ("other",)))
    first = Scene(name="one", title="First", sentence="Look.", play=lambda: f"{lab.invoke(b'{}').version}!")
    second = Scene(name="two", title="Second", sentence="Compare.", play=lambda: "Both.", lanes=lanes)
    lab.page.offer(SceneRunner([first, second], lab.timeline.now))
    page.wait(lambda: len(page.all("#scenes button")) == 2)
    page.one("#own summary").click()
    page.one("#count").send_keys("2")
    page.one("h1").click()
    ActionChains(page.driver).send_keys("1").perform()
    page.wait(lambda: "What came of it: $LATEST!" in page.one("#caption").text)
    assert page.one("#caption").text.startswith("First. Look.")
    assert page.script(CAPTIONS) == ["one"], "a digit in a field is a digit"
    page.all("#scenes button")[1].click()
    page.wait(lambda: texts(page, ".lane h2") == ["Left", "Right"])
    page.wait(lambda: "Both." in page.one("#caption").text)


def test_the_scene_that_compares_has_a_lane_for_each_layout(page: Chromium, lab: LocalLambda) -> None:
    scene = side_by_side(Players(lab), deploy=small_layouts.deploy, rate=20.0)
    lab.page.offer(SceneRunner([scene], lab.timeline.now))
    page.wait(lambda: texts(page, "#scenes button") == ["1. Side by side"])
    page.one("h1").click()
    ActionChains(page.driver).send_keys("1").perform()
    page.wait(lambda: texts(page, ".lane h2") == ["One function", "A function for each route"])
    page.wait(lambda: "What came of it: one function: " in page.one("#caption").text)
    page.wait(
        lambda: [row for row in texts(page, ".lane dl div") if row.startswith("invocations")] == ["invocations\n36"] * 2
    )


def test_a_saved_run_is_played_on_the_live_page(page: Chromium, lab: LocalLambda, tmp_path: Path) -> None:
    send(page, "/x", 2, "200")
    with urllib.request.urlopen(f"{lab.live_url}/recording.json", timeout=30) as answer:
        run = json.load(answer)
    (tmp_path / "run.json").write_text(json.dumps({**run, "captions": []}))
    page.one("#recordings summary").click()
    page.one("#open").send_keys(str(tmp_path / "run.json"))
    page.wait(lambda: texts(page, "main nav button") == ["1. Recorded run"])
    page.wait(lambda: counter(page, "invocations") == str(len(run["served"])))
    assert page.one("header a").text == "Back to the live page"


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_the_recorded_tour_has_no_violations_and_fits(browser: Chromium, mode: Mode) -> None:
    browser.look(mode)
    browser.open((ROOT / "docs" / "replay.html").as_uri())
    browser.wait(lambda: browser.script(COLORS))
    assert browser.violations() == []
    assert browser.sideways() == 0


def test_the_recorded_tour_tells_its_story_from_a_disk(browser: Chromium) -> None:
    browser.open((ROOT / "docs" / "replay.html").as_uri())
    told = json.loads(browser.one("#run").get_attribute("textContent") or "")["captions"]
    assert len(told) == len(browser.all("nav button")) == 7
    for caption, button in zip(told, browser.all("nav button"), strict=True):
        button.click()
        assert caption["sentence"] in browser.one(".caption").text
        slider = browser.one("input[type=range]")
        slider.send_keys(Keys.END)
        browser.wait(lambda caption=caption: caption["result"] in browser.one(".caption").text)
    assert texts(browser, ".lane h2") == ["One function", "A function for each route"]
    browser.all("nav button")[0].click()
    browser.script("const speed = document.querySelector('select'); speed.value = '2';")
    browser.wait(lambda: browser.one("main > div.row > button").text.startswith("Next: "))
