"""The chunks of a WebP: lossy, lossless and extended files, animations, broken sizes."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from app import imaging
from app.core.errors import UndecodableImage
from app.imaging.headers import webp
from tests.support import drawing, profiles, second_reader
from tests.support.work import LIMITS, rendered

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


@pytest.mark.parametrize("moving", [False, True])
def test_a_profile_and_exif_count_where_the_header_says_so(moving: bool) -> None:
    """Browsers and libvips go by its flags."""
    settings: dict[str, Any] = {"exif": drawing.exif(6), "icc_profile": profiles.rgb()}
    frames = drawing.moving((40, 20))
    data = drawing.animation("WEBP", frames, **settings) if moving else drawing.encoded(PHOTO, "WEBP", **settings)
    told = webp.scan(data)
    assert (told.orientation, bool(told.profile), bool(told.exif[0])) == (6, True, True)
    untold = data[:20] + bytes((data[20] & ~0x28,)) + data[21:]
    assert second_reader.profile(data)
    assert not second_reader.profile(untold)
    header = webp.scan(untold)
    assert (header.orientation, header.profile, bytes(header.exif[0])) == (1, b"", b"")
    assert header.metadata == told.metadata


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


def unflagged(data: bytes) -> bytes:
    """Return the animation with the alpha flag of its header cleared, as some encoders leave it."""
    assert data[12:16] == b"VP8X"
    return data[:20] + bytes((data[20] & ~0x10,)) + data[21:]


@pytest.mark.parametrize("format", ["webp", "png", "gif", "avif"])
def test_an_animation_has_alpha_though_its_header_does_not_say_so(format: str) -> None:
    frames = [Image.new("RGBA", (32, 32), "red"), Image.new("RGBA", (32, 32))]
    frames[1].paste((0, 255, 0, 255), (16, 0, 32, 32))
    data = unflagged(drawing.animation("WEBP", frames, duration=100, lossless=True))
    assert webp.scan(data).alpha
    query: dict[str, Any] = {"lossless": True} if format == "webp" else {}
    made = drawing.opened(rendered(data, format=format, **query).body)
    made.seek(1)
    alpha = made.convert("RGBA").getchannel("A")
    assert (alpha.getpixel((4, 16)), alpha.getpixel((28, 16))) == (0, 255)


def test_an_animation_without_alpha_stays_without() -> None:
    assert not webp.scan(drawing.animation("WEBP", drawing.moving(), duration=100)).alpha


@pytest.mark.parametrize(
    ("first", "flags", "alpha"), [((32, 32), 0, False), ((32, 32), 1, True), ((31, 32), 0, True), ((32, 31), 2, True)]
)
def test_what_no_frame_covers_or_is_cleared_is_alpha(first: tuple[int, int], flags: int, alpha: bool) -> None:
    def frame(size: tuple[int, int], flags: int) -> bytes:
        numbers = (0, 0, size[0] - 1, size[1] - 1, 100)
        content = b"".join(number.to_bytes(3, "little") for number in numbers) + bytes((flags,)) + b"VP8 " + bytes(4)
        return b"ANMF" + len(content).to_bytes(4, "little") + content

    chunks = b"VP8X" + (10).to_bytes(4, "little") + bytes((2, 0, 0, 0, 31, 0, 0, 31, 0, 0))
    chunks += frame(first, flags) + frame((8, 8), 1)
    assert webp.scan(b"RIFF" + (4 + len(chunks)).to_bytes(4, "little") + b"WEBP" + chunks).alpha is alpha


@pytest.mark.parametrize("lossless", [False, True])
def test_the_bytes_of_all_frames_and_of_the_largest_are_known(lossless: bool) -> None:
    images = [drawing.photo(96, 64), drawing.noise(96, 64), drawing.photo(96, 64)]
    header = webp.scan(drawing.animation("WEBP", images, duration=50, lossless=lossless, kmin=0, kmax=0))
    assert header.frames == 3
    assert header.lossless == lossless
    assert header.coded / 3 < header.largest < header.coded < header.bytes
    assert webp.scan(drawing.encoded(images[1], "WEBP")).coded == 0
