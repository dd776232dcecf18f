"""A result looks in a browser as its source does there, whatever the source says of its colors and lacks at its end."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from typing import Any

import pytest
import requests
from PIL import Image
from selenium import webdriver

from tests.app.imaging.codecs.test_bmp import CASES as BITMAPS
from tests.app.imaging.headers.test_avif import BY_CODE_POINTS, FLAT, with_bitstream_code_points, with_code_points
from tests.app.imaging.headers.test_color_space import BY_PRIMARIES, BY_TRANSFER, HDR
from tests.app.imaging.headers.test_png import ANCILLARY, IDAT, IHDR, broken, whole
from tests.app.imaging.headers.test_png_color import CASES as CHUNKS
from tests.app.imaging.headers.test_png_color import with_chunks
from tests.support import avif, drawing, heic, profiles
from tests.support.app_server import Server

Pixels = list[list[int]]
# Draws each file, and returns the pixels of its first row; none if it is broken.
DRAW = """
const [files, done] = arguments;
const draw = async ([type, data]) => {
  const image = new Image();
  image.src = `data:${type};base64,${data}`;
  try { await image.decode(); } catch { return []; }
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(image, 0, 0);
  const samples = context.getImageData(0, 0, canvas.width, 1).data;
  return Array.from({length: canvas.width}, (_, x) => Array.from(samples.slice(4 * x, 4 * x + 4)));
};
Promise.all(files.map(draw)).then(done, error => done([String(error)]));
"""
# Returns of each animation how often it repeats, and the milliseconds of its frames.
PLAY = """
const [files, done] = arguments;
const play = async ([type, text]) => {
  const data = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const decoder = new ImageDecoder({type, data});
  await Promise.all([decoder.completed, decoder.tracks.ready]);
  const {frameCount, repetitionCount} = decoder.tracks.selectedTrack;
  const durations = [];
  for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
    const {image} = await decoder.decode({frameIndex});
    durations.push(image.duration / 1000);
    image.close();  // else the browser complains to whoever has its window later
  }
  decoder.close();
  return [repetitionCount === Infinity ? 0 : repetitionCount + 1, durations];
};
Promise.all(files.map(play)).then(done, error => done([String(error)]));
"""


def asked(driver: webdriver.Chrome, script: str, files: Sequence[tuple[str, bytes]]) -> list[Any]:
    sent = [[f"image/{format}", base64.b64encode(data).decode()] for format, data in files]
    answers: list[Any] = driver.execute_async_script(script, sent)
    return answers


def resized(site: Server, data: bytes, **query: str) -> bytes:
    answer = requests.post(f"http://{site.host}/resize", params=query, data=data, timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.content


def row(*colors: tuple[int, int, int], **chunks: bytes) -> bytes:
    return drawing.png((len(colors), 1), 8, 2, [b"".join(map(bytes, colors))], **chunks)


COLORS = ((51, 179, 77), (200, 100, 50), (255, 255, 255), (20, 20, 20))
FLAT_RGB = Image.new("RGB", (16, 16), (51, 179, 77))
INK = drawing.encoded(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", quality=95)
PHOTO = avif.coded(drawing.photo(64, 64), quality=100, subsampling="4:4:4")
SOURCES: dict[str, tuple[str, bytes]] = {
    **{f"PNG, {name}": ("png", with_chunks(chunks)) for name, (chunks, _) in CHUNKS.items() if name != "YCbCr"},
    **{f"PNG, primaries {each}": ("png", row(*COLORS, cICP=bytes((each, 13, 0, 1)))) for each in BY_PRIMARIES},
    **{f"PNG, transfer {each}": ("png", row(*COLORS, cICP=bytes((1, each, 0, 1)))) for each in BY_TRANSFER},
    **{
        f"PNG, HDR {each}": ("png", row(*((gray,) * 3 for gray in range(0, 256, 15)), cICP=bytes((9, each, 0, 1))))
        for each in HDR
    },
    **{f"PNG, broken {name.decode()}": ("png", whole(IHDR, broken(name, ANCILLARY[name]), IDAT)) for name in ANCILLARY},
    "PNG, a transparent color of 16 bits": (
        "png",
        drawing.png((2, 1), 16, 2, [struct.pack(">6H", 2560, 0, 0, 2561, 0, 0)], tRNS=struct.pack(">3H", 2560, 0, 0)),
    ),
    **{f"AVIF, {points}": ("avif", with_code_points(FLAT, *points)) for points in BY_CODE_POINTS},
    **{f"AVIF, {points} alone": ("avif", with_bitstream_code_points(FLAT, *points)) for points in BY_CODE_POINTS},
    "AVIF, cut": (
        "avif",
        avif.file([heic.with_properties(PHOTO, heic.aperture((64, 64), 0, 0, 40, 30), essential=True)]),
    ),
    **{f"BMP, {name}": ("bmp", data) for name, (data, _) in BITMAPS.items()},
    "JPEG, P3": ("jpeg", drawing.encoded(FLAT_RGB, "JPEG", quality=100, subsampling=0, icc_profile=profiles.rgb())),
    "WebP, P3": ("webp", drawing.encoded(FLAT_RGB, "WEBP", lossless=True, icc_profile=profiles.rgb())),
    "JPEG, gray with RGB": ("jpeg", drawing.encoded(FLAT_RGB.convert("L"), "JPEG", icc_profile=profiles.rgb(1.0))),
    "JPEG, RGB with gray": ("jpeg", drawing.encoded(FLAT_RGB, "JPEG", icc_profile=profiles.gray(1.0))),
    "JPEG, CMYK": ("jpeg", INK),
    "JPEG, CMYK without a marker": ("jpeg", INK.replace(b"\xff\xee\0\x0eAdobe", b"\xff\xed\0\x0eOther")),
    "JPEG, CMYK with a profile": (
        "jpeg",
        drawing.encoded(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", icc_profile=profiles.cmyk()),
    ),
    "JPEG, without an end": ("jpeg", drawing.encoded(drawing.photo(64, 64), "JPEG", quality=95)[:-2]),
}


def test_results_look_like_their_sources(driver: webdriver.Chrome, site: Server) -> None:
    results = [("png", resized(site, data, format="png")) for _, data in SOURCES.values()]
    theirs, ours = asked(driver, DRAW, list(SOURCES.values())), asked(driver, DRAW, results)
    different = {
        name: (source[:4], result[:4])
        for name, source, result in zip(SOURCES, theirs, ours, strict=True)
        if not source or len(source) != len(result) or _difference(source, result) > 2
    }
    assert different == {}


def _difference(one: Pixels, other: Pixels) -> int:
    return max(abs(a - b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True))


EXACT = {"png": {}, "webp": {"lossless": "true"}, "gif": {}, "avif": {"quality": "100"}, "jpeg": {"quality": "100"}}


@pytest.mark.parametrize("icc", ["srgb", "keep"])
def test_p3_is_what_it_is_in_every_format(driver: webdriver.Chrome, site: Server, icc: str) -> None:
    """Chromium takes a kept profile only where its head is as ICC has it."""
    data = row((51, 179, 77), cICP=bytes((12, 13, 0, 1)))
    formats = {name: more for name, more in EXACT.items() if icc == "srgb" or name != "gif"}
    made = [(format, resized(site, data, format=format, icc=icc, **more)) for format, more in formats.items()]
    for format, (pixel,) in zip(formats, asked(driver, DRAW, made), strict=True):
        assert pixel == pytest.approx([0, 182, 60, 255], abs=3), format


DURATIONS = [100, 250, 40, 610]


@pytest.mark.parametrize("format", ["gif", "webp", "png", "avif"])
def test_animations_play_in_a_browser_as_their_source_does(driver: webdriver.Chrome, site: Server, format: str) -> None:
    source = drawing.animation("GIF", drawing.moving(), duration=DURATIONS, loop=2)
    made = resized(site, source, format=format)
    answer = asked(driver, PLAY, [(format, made)])
    assert len(answer[0]) == 2, answer
    ((plays, durations),) = answer
    assert durations == pytest.approx(DURATIONS, abs=1)
    # an AVIF cannot say how often, and plays for ever
    assert plays == (0 if format == "avif" else 3)


def test_an_animated_avif_has_the_colors_of_its_source(driver: webdriver.Chrome, site: Server) -> None:
    frames = [Image.new("RGB", (16, 16), color) for color in ((20, 20, 20), (51, 179, 77))]
    made = resized(site, drawing.animation("PNG", frames, duration=5000), format="avif", quality="100")
    ((pixel, *_),) = asked(driver, DRAW, [("avif", made)])
    assert pixel == pytest.approx([20, 20, 20, 255], abs=2)
