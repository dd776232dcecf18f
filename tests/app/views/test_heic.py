"""What phones shoot, through the doors: resized, uploaded, described, and refused as any other format is."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from PIL.Image import Transpose

from app.core import formats
from tests.app.imaging.test_orientation import near
from tests.support import drawing, heic, profiles
from tests.support.drawing import BLUE, GREEN, RED, YELLOW
from tests.support.heic import Item
from tests.support.http_client import form, problem, put, size

UPRIGHT = drawing.quadrants(128, 192)


def shot() -> bytes:
    """Return a picture as a phone stores it: in tiles, lying, with profile, EXIF, thumbnail, gain map and depth."""
    lying = UPRIGHT.transpose(Transpose.ROTATE_90)
    tiles = [
        heic.item_of(heic.encoded(lying.crop((x, y, x + 64, y + 64)), quality=95, save_nclx_profile=False))
        for y in (0, 64)
        for x in (0, 64, 128)
    ]
    items = [
        heic.grid((192, 128), 3, 2, heic.profile(profiles.rgb()), heic.rotation(3)),
        *tiles,
        Item(b"Exif", bytes(4) + drawing.author("A. Nother").removeprefix(b"Exif\0\0")),
        heic.coded(drawing.noise(96, 64)),
        heic.with_properties(heic.coded(drawing.noise(96, 64, "L")), heic.auxiliary(heic.GAIN_MAP)),
        heic.with_properties(heic.coded(drawing.noise(96, 64, "L")), heic.auxiliary(heic.DEPTH)),
    ]
    references = [(b"dimg", 1, tuple(range(2, 8))), (b"cdsc", 8, (1,)), (b"thmb", 9, (1,))]
    return heic.file(items, [*references, (b"auxl", 10, (1,)), (b"auxl", 11, (1,))])


SHOT = shot()


def test_a_photo_from_a_phone_is_resized(http: FlaskClient) -> None:
    answer = http.post("/resize?w=64", data=SHOT, content_type="image/heic")
    assert size(answer) == (64, 96)
    assert answer.mimetype == "image/jpeg"
    # Its colors are those of Display P3, which are stronger in sRGB.
    assert not near(drawing.opened(answer.data), RED, GREEN, BLUE, YELLOW)
    red, green, *_ = drawing.corners(drawing.opened(answer.data))
    assert red[0] > RED[0] + 10
    assert green[0] < 10


@pytest.mark.parametrize("format", ["png", "webp", "avif", "jpeg"])
def test_it_becomes_any_format(http: FlaskClient, format: str) -> None:
    answer = http.post(f"/resize?w=64&format={format}", data=SHOT)
    assert (answer.mimetype, size(answer)) == (f"image/{format}", (64, 96))


def test_it_is_uploaded_described_and_kept_as_it_is(http: FlaskClient) -> None:
    (image,) = http.post("/upload", **form(("IMG_0001.HEIC", SHOT))).get_json()["images"]
    assert (image["format"], image["width"], image["height"]) == ("heic", 128, 192)
    assert http.get(f"/images/{image['id']}/original").data == SHOT
    assert size(http.get(f"/resize?id={image['id']}&w=32")) == (32, 48)
    found = http.get(f"/info?id={image['id']}&colors=1").get_json()
    assert {name: found[name] for name in ("format", "width", "height", "frames", "orientation", "alpha", "mode")} == {
        "format": "heic",
        "width": 128,
        "height": 192,
        "frames": 1,
        "orientation": 6,
        "alpha": False,
        "mode": "RGB",
    }
    assert (found["exif"]["artist"], found["icc"], found["bytes"]) == ("A. Nother", "drawn in a test", len(SHOT))
    assert len(found["palette"]) >= 4


def test_its_url_can_be_asked_for_by_an_announced_upload(http: FlaskClient) -> None:
    asked = {"filename": "IMG_0001.HEIC", "content_type": "image/heic", "bytes": len(SHOT)}
    assert http.post("/upload/presign", json=asked).status_code == 200


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("bits", [10, 12])
def test_deep_color_and_alpha(http: FlaskClient, bits: int, channels: int) -> None:
    samples = np.full((64, 128, channels), 0x8000, np.uint16)
    samples[..., 0], samples[..., -1] = 0xFFFF, 0x4000
    answer = http.post("/resize?w=64&format=png", data=heic.deep(samples, bits=bits, quality=100))
    found = drawing.array(drawing.opened(answer.data))
    assert found.shape == (32, 64, channels)
    assert np.abs(found - np.array([255, *[128] * (channels - 2), 64])).max() <= 3


def test_exif_is_kept_when_it_is_asked_for(http: FlaskClient) -> None:
    answer = http.post("/resize?w=64&metadata=copyright", data=SHOT)
    assert drawing.opened(answer.data).getexif()[0x013B] == "A. Nother"
    assert 0x013B not in drawing.opened(http.post("/resize?w=64", data=SHOT).data).getexif()


def test_what_cannot_be_read_is_a_problem(http: FlaskClient, client: Callable[..., FlaskClient]) -> None:
    overlay = heic.file([Item(b"iovl", bytes(32), (heic.extent(64, 64),))])
    for path in ("/resize?w=40", "/upload", "/info"):
        for data in (overlay, SHOT[:-1], SHOT[: len(SHOT) // 2], SHOT[:40]):
            problem(http.post(path, data=data, content_type="image/heic"), 422, "undecodable_image")
    problem(client(max_source_pixels=100).post("/resize?w=40", data=SHOT), 422, "too_many_pixels")
    large = Image.new("RGB", (2048, 2048))
    one = heic.aperture((2048, 2048), 0, 0, 1, 1)
    bomb = heic.file([heic.with_properties(heic.item_of(heic.encoded(large, enc_params={"preset": "ultrafast"})), one)])
    problem(client(memory_mb=80).post("/resize?w=1", data=bomb), 422, "too_costly")


def test_the_form_takes_it_where_it_is_read(http: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    page = http.get("/", headers={"Accept": "text/html"}).text
    assert 'image/heic" multiple' in page
    assert f"{formats.readable_labels()}." in page
    assert "BMP or HEIC image" in problem(http.post("/resize", data=b"text"), 415, "unsupported_media_type")["detail"]
    monkeypatch.setitem(sys.modules, "pi_heif", None)  # as on a machine without a wheel
    assert "heic" not in http.get("/", headers={"Accept": "text/html"}).text.lower()
    assert "TIFF or BMP image" in problem(http.post("/resize", data=b"text"), 415, "unsupported_media_type")["detail"]
    detail = problem(http.post("/upload", data=SHOT), 415, "unsupported_media_type")["detail"]
    assert "HEIC images need the decoder pi-heif-decoder, which is not installed here" in detail


def test_it_can_be_stored_and_deleted(http: FlaskClient) -> None:
    image = put(http, SHOT)
    assert http.delete(f"/images/{image}").status_code == 204
