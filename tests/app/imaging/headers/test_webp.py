"""The chunks of a WebP: lossy, lossless and extended files, animations, broken sizes."""

from __future__ import annotations

import pytest
from PIL import Image

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.headers import webp
from tests.support import drawing
from tests.support.work import LIMITS

PHOTO = drawing.photo(97, 61)
CLEAR = drawing.noise(97, 61, "RGBA")
LOSSY = drawing.encoded(PHOTO, "WEBP")


@pytest.mark.parametrize(
    ("image", "settings", "kind", "alpha"),
    [
        (PHOTO, {}, b"VP8 ", False),
        (PHOTO, {"lossless": True}, b"VP8L", False),
        (CLEAR, {"lossless": True}, b"VP8L", True),
        (CLEAR, {}, b"VP8X", True),
    ],
)
def test_each_kind_of_file_states_size_and_alpha(
    image: Image.Image, settings: dict[str, bool], kind: bytes, alpha: bool
) -> None:
    data = drawing.encoded(image, "WEBP", **settings)
    assert data[12:16] == kind
    header = webp.scan(data)
    assert (header.width, header.height, header.alpha, header.frames) == (97, 61, alpha, 1)


def test_exif_turns_the_size() -> None:
    header = webp.scan(drawing.encoded(PHOTO, "WEBP", exif=drawing.exif(6)))
    assert (header.orientation, header.width, header.height) == (6, 61, 97)


def test_an_animation_has_frames_durations_and_a_loop_count() -> None:
    header = webp.scan(drawing.animation("WEBP", drawing.moving(), duration=[100, 250, 40, 610], loop=3))
    assert (header.frames, header.duration, header.plays) == (4, 1000.0, 3)


@pytest.mark.parametrize(
    "data",
    [
        LOSSY[:-1],
        LOSSY[:20],
        LOSSY[:23] + b"\0\0\0" + LOSSY[26:],  # no start code of a key frame: RFC 6386, section 9.1
        LOSSY[:12] + b"ALPH" + LOSSY[16:],
    ],
    ids=["cut", "no payload", "no start code", "unknown first chunk"],
)
def test_broken_files_are_refused(data: bytes) -> None:
    with pytest.raises(UndecodableImage):
        imaging.probe(data, LIMITS)
