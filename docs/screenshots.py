"""Takes the screenshots of the pages: ``python -m docs.screenshots``.

Needs what ``make setup`` installs, and chromium with chromedriver on PATH. The pages come from the local lab, so that
its own page has something to show; nothing is kept but the screenshots.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from PIL import Image
from selenium import webdriver
from selenium.webdriver.support.wait import WebDriverWait

from docs.browser import chromium
from lab.account.app_settings import app_settings
from lab.account.package import from_tree
from lab.local_lambda import LocalLambda

FOLDER: Final = Path(__file__).parent / "screenshots"
_WIDTH: Final = 1100
_WAIT_S: Final = 60
# 256 colors are enough for pages, and a third of the bytes
_COLORS: Final = 256


# pictures further down load when somebody scrolls to them
_LOADED: Final = """
const inView = (image) => image.getBoundingClientRect().top < window.innerHeight;
const shown = [...document.images].filter((image) => !image.hidden && image.getAttribute("src") && inView(image));
return shown.every((image) => image.complete && image.naturalWidth);
"""
# moves the line between before and after to the middle
_COMPARED: Final = f"""
const split = document.getElementById("split");
if (split.value !== "50") {{ split.value = "50"; split.dispatchEvent(new Event("input")); return false; }}
if (!document.getElementById("stats").textContent) return false;
{_LOADED}
"""
_DRAWN: Final = """
const rows = document.querySelector("canvas.rows");
return !rows.hidden && rows.height > 40 && document.querySelector(".lane dd").textContent !== "0";
"""


class Shot(msgspec.Struct, frozen=True):
    """A page to take, with its heading: ``ready`` is a script that returns whether everything on it is there."""

    name: str
    url: str
    heading: str
    height: int
    ready: str = "return true"


def main(arguments: Sequence[str], *, most_at_once: int = 12) -> int:
    """Write every screenshot into docs/screenshots, or into the folder named; raise ValueError for another page.

    The lab's page shows bursts of up to ``most_at_once`` requests.
    """
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        function = from_tree(handler="wsgi.handler", environment=app_settings({}, Path(scratch)), memory_mb=1769)
        with (
            LocalLambda(lambda _: [function]) as lab,
            chromium(Path(scratch, "profile"), "--hide-scrollbars") as window,
        ):
            for shot in _shots(lab, most_at_once):
                _take(window, shot, folder / shot.name)
                print(folder / shot.name)
    return 0


def _shots(lab: LocalLambda, most_at_once: int) -> list[Shot]:
    image = _upload(f"{lab.url}/upload", landscape(1600, 1000))
    command = {"X-Lab": "1", "Content-Type": "application/json"}
    for count, burst in ((12, {"path": "/"}), (6, {"kind": "resize new"}), (4, {"kind": "upload"})):
        asked = {"count": min(count, most_at_once), **burst}
        _post(f"{lab.live_url}/burst", json.dumps(asked).encode(), command)
    return [
        Shot("upload.png", f"{lab.url}/", "Upload images", 620),
        Shot(
            "editor.png",
            f"{lab.url}/images/{image}?width=640&grayscale=true&format=webp",
            "1600×1000 JPEG",
            900,
            _COMPARED,
        ),
        Shot("docs.png", f"{lab.url}/docs", "Reference", 900, _LOADED),
        Shot("status.png", f"{lab.url}/status", "Status: ok", 1060),
        Shot("lab.png", lab.live_url, "Containers", 1000, _DRAWN),
    ]


def _take(window: webdriver.Chrome, shot: Shot, path: Path) -> None:
    window.set_window_size(_WIDTH, shot.height)
    window.get(shot.url)
    heading = window.find_element("css selector", "h1").text
    if heading != shot.heading:
        raise ValueError(f"{shot.url}: expected the page {shot.heading!r}, found {heading!r}")
    WebDriverWait(window, _WAIT_S).until(lambda page: page.execute_script(shot.ready))
    with Image.open(io.BytesIO(window.get_screenshot_as_png())) as taken:
        taken.convert("RGB").quantize(_COLORS).save(path, optimize=True)


def _upload(url: str, picture: Image.Image) -> str:
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=92)
    stored = json.loads(_post(url, body.getvalue(), {"Content-Type": "image/jpeg"}))
    name: str = stored["images"][0]["id"]
    return name


def _post(url: str, data: bytes, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(url, data, headers)  # noqa: S310  # the lab's own address
    with urllib.request.urlopen(request, timeout=_WAIT_S) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body


def landscape(width: int, height: int) -> Image.Image:
    """Return a drawn evening: a sun in a clear sky, and five ridges that grow darker towards the viewer."""
    random = np.random.default_rng(4)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    glow = np.exp(-((x - 1.05) ** 2 + (y - 0.42) ** 2) / 0.06)[..., None]
    pixels = (1 - y[..., None]) * (70, 110, 170) + y[..., None] * (250, 190, 140) + glow * (120, 90, 30)
    pixels[(x - 1.05) ** 2 + (y - 0.42) ** 2 < 0.004] = (255, 244, 214)
    for ridge in range(5):
        heights = sum(np.sin(x * rate + random.uniform(0, 6)) / rate for rate in (2.5, 5.5, 11.0, 23.0, 47.0))
        top = 0.5 + 0.1 * ridge + 0.22 * heights
        shade = 1 - 0.18 * ridge
        pixels[y > top] = (104 * shade, 98 * shade, 128 * shade)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
