"""Every page, wide and narrow, light and dark: for axe-core, for the console, and for who reads on a phone."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support import drawing
from tests.support.app_server import ROOT, Server
from tests.support.browser import MODES, Chromium, Mode
from tests.support.http_client import ABSENT

UPLOADED = "/?uploaded={id},{other}&known={other}&failed=busy:a.jpg&more=2&more_failed=1"
# {id} and {other} are images, {job} a job that is done; the last ones are problems
PAGES = [
    "/", UPLOADED, "/images", "/images/{id}", "/images/{id}/delete", "/docs", "/status", "/status/{job}", "/login",
    "/nowhere", "/resize?w=x&colour=y", "/images/{absent}",
]  # fmt: skip

# what lies over something else takes no room of its own
UNSIZED = """
const unsized = [...document.querySelectorAll("img:not([width][height])")];
return unsized.filter((image) => getComputedStyle(image).position !== "absolute").map((image) => image.outerHTML);
"""
# words of facts and tables that are on two lines, though a line would hold them
BROKEN = """
const broken = [];
for (const cell of document.querySelectorAll(".facts dt, .facts dd, .figures th")) {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[a-z]{3,14}/gi)) {
    const range = document.createRange();
    range.setStart(texts.currentNode, word.index);
    range.setEnd(texts.currentNode, word.index + word[0].length);
    if (range.getClientRects().length > 1) broken.push(word[0]);
  }
}
return broken;
"""
STYLE = """
const style = getComputedStyle(document.querySelector(arguments[0]), arguments[1] || null);
const { backgroundColor, backgroundImage, borderTopColor, boxShadow } = style;
return { background: backgroundColor, image: backgroundImage, border: borderTopColor, shadow: boxShadow };
"""


@pytest.fixture(scope="module")
def names(site: Server) -> dict[str, str]:
    """What the placeholders of the pages stand for."""
    photo, small = (drawing.encoded(drawing.photo(*size), "JPEG") for size in ((700, 500), (60, 40)))

    def post(path: str, body: bytes = photo, **headers: str) -> dict[str, object]:
        asked = Request(f"http://{site.host}{path}", body, {"Content-Type": "image/jpeg", **headers})
        with urlopen(asked, timeout=30) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    stored, other = (post("/upload", body)["images"] for body in (photo, small))
    job = post("/resize?width=40", Prefer="respond-async")["job"]
    images = {"id": stored[0]["id"], "other": other[0]["id"]}  # type: ignore[index]
    return {**images, "job": str(job), "absent": ABSENT}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_a_page_has_no_violations_and_fits(
    browser: Chromium, site: Server, names: dict[str, str], mode: Mode, path: str
) -> None:
    browser.look(mode)
    browser.open(f"http://{site.host}{path.format(**names)}")
    assert browser.violations() == []
    assert browser.sideways() == 0
    assert browser.script(UNSIZED) == [], "without a size the page jumps when the image arrives"
    assert len(browser.all("nav [aria-current=page]")) == (path in ("/", UPLOADED, "/images", "/docs", "/status"))
    messages = browser.console()
    assert [text for text in messages if "the server responded with a status of 4" not in text] == []


def test_at_twice_the_size_and_on_a_phone_no_word_is_broken(
    browser: Chromium, site: Server, names: dict[str, str]
) -> None:
    """Twice the size in a window of 1280 pixels; on a phone the page with the widest table."""
    for mode, paths in ((Mode(640, zoom=2), PAGES), (Mode(390), ["/status"])):
        browser.look(mode)
        for path in paths:
            browser.open(f"http://{site.host}{path.format(**names)}")
            assert (path, browser.sideways(), browser.script(BROKEN)) == (path, 0, [])
    browser.console()  # some of the pages are problems


def test_forced_colors_leave_what_is_a_color_or_stands_on_a_picture(
    browser: Chromium, site: Server, names: dict[str, str]
) -> None:
    browser.look(Mode(1100, "dark", forced=True))
    browser.open(f"http://{site.host}/images/{names['id']}?focal=0.3,0.4&width=300&height=300&fit=cover")
    browser.one("details.scripted summary").click()
    browser.one("[data-facts=safe]").click()
    browser.wait(lambda: browser.all(".swatches span"))
    assert browser.violations() == []
    ring = browser.script(STYLE, "#point", "")
    assert ring["border"] == "rgb(255, 255, 255)"
    assert "rgb(0, 0, 0)" in ring["shadow"], "white alone is not seen on a white picture"
    chosen = browser.script("return document.querySelector('.swatches span').style.getPropertyValue('--color')")
    assert browser.script(STYLE, ".swatches span", "::before")["background"] == hex_to_rgb(chosen)
    assert "gradient" in browser.script(STYLE, ".stage", "")["image"], "what is transparent is seen to be"
    browser.open(f"http://{site.host}/status")
    browser.one("#pause").click()
    pressed = browser.script(STYLE, "#pause", "")["background"]
    assert pressed != browser.script(STYLE, "#refresh a", "")["background"], "a shadow would not be drawn"


def hex_to_rgb(color: str) -> str:
    return f"rgb({', '.join(str(part) for part in bytes.fromhex(color.lstrip('#')))})"


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_the_experiments_have_no_violations_and_fit(browser: Chromium, mode: Mode) -> None:
    browser.look(mode)
    browser.open((ROOT / "docs" / "experiments.html").as_uri())
    assert browser.violations() == []
    assert browser.sideways() == 0


def test_the_judge_sees_what_is_wrong(browser: Chromium, tmp_path: Path) -> None:
    """Soft text, a picture without words, a field without a name, and a page that is too wide."""
    page = tmp_path / "bad.html"
    page.write_text(
        '<!doctype html><html lang="en"><title>x</title><main><h1 style="color:#bbb">Soft words</h1>'
        '<img src="data:,"><input><div style="width:2000px">wide</div></main>'
    )
    browser.open(page.as_uri())
    rules = {line.partition(":")[0] for line in browser.violations()}
    assert {"color-contrast", "image-alt", "label"} <= rules
    assert browser.sideways() > 0
