"""Files of other encoders through HTTP: size and pixels are those that libvips reads in them."""

from __future__ import annotations

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray

from tests.support import drawing, png_reader, samples
from tests.support.http_client import put
from tests.support.samples import SAMPLES

# how far the mean of a block may be off: nothing is lost in these, libjpeg differs by build, AV1 by decoder
EXACT = {"16-bit.png", "16-bit-gray.png", "interlaced.png", "lossless.webp", "lzw.tif", "tiled.tif", "24-bit.bmp"}
# its gAMA says 1/2.2, which browsers apply and the other program does not
TOLERANCES = {**dict.fromkeys(EXACT, 0.35), "palette.png": 3.0}
FILMS = {"film.gif": 6, "film.png": 4, "film.webp": 6}


def block(shown: NDArray[np.int64], x: int, y: int, reach: int = 2) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = shown[y - reach : y + reach + 1, x - reach : x + reach + 1].mean(axis=(0, 1))
    return mean


def as_bands(shown: NDArray[np.float64], bands: int) -> NDArray[np.float64]:
    """Return gray as RGB or the other way around, and an alpha where only one of two has it."""
    color, alpha = (shown[:-1], shown[-1:]) if len(shown) in (2, 4) else (shown, np.array([255.0]))
    color = color if len(color) == (3 if bands > 2 else 1) else np.full(3 if bands > 2 else 1, color[0])
    return np.concatenate([color, alpha]) if bands in (2, 4) else color


@pytest.mark.parametrize("name", SAMPLES)
def test_every_pixel_is_what_another_program_reads(http: FlaskClient, name: str) -> None:
    sample = SAMPLES[name]
    path = f"/resize?id={put(http, samples.data(name))}&format=png&frames=1"
    shown = png_reader.read(http.get(path).data)
    assert shown.shape[:2] == (sample.height, sample.width)
    for x, y, expected in sample.pixels:
        found = as_bands(block(shown, x, y), len(expected))
        assert np.abs(found - expected).max() <= TOLERANCES.get(name, 2.5), (x, y, found, expected)


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - EXACT - set(FILMS)))
def test_half_as_large_it_shows_the_same(http: FlaskClient, name: str) -> None:
    """The decoder may shrink a JPEG by itself, whatever its sampling and its scans."""
    sample = SAMPLES[name]
    for width in (sample.width // 2, sample.width // 3):
        path = f"/resize?id={put(http, samples.data(name))}&format=png&width={width}"
        shown, scale = png_reader.read(http.get(path).data), width / sample.width
        assert shown.shape[1] == width
        for x, y, expected in sample.pixels:
            found = as_bands(block(shown, int(x * scale), int(y * scale), reach=1), len(expected))
            assert np.abs(found - expected).max() <= 8, (x, y, found, expected)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_said_of_it_is_right(http: FlaskClient, name: str) -> None:
    sample = SAMPLES[name]
    stored = http.get(f"/images/{put(http, samples.data(name))}").get_json()
    assert (stored["width"], stored["height"], stored["bytes"]) == (sample.width, sample.height, sample.bytes)
    assert stored["frames"] == FILMS.get(name, 1)


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("format", ["gif", "webp", "png"])
def test_films_stay_films(http: FlaskClient, name: str, format: str) -> None:
    answer = http.get(f"/resize?id={put(http, samples.data(name))}&format={format}&width=40")
    assert len(drawing.frames(answer.data)) == FILMS[name]


def test_every_file_is_small_and_noted() -> None:
    files = {path.name for path in samples.FOLDER.iterdir()} - {"draw.py", "pixels.json", "README.md", "__pycache__"}
    assert files == set(SAMPLES)
    for name in files:
        assert len(samples.data(name)) == SAMPLES[name].bytes <= 60_000
    readme = (samples.FOLDER / "README.md").read_text()
    assert [name for name in files if f"`{name}`" not in readme] == []
