"""What is read of a PNG and what the decoder never gets."""

from __future__ import annotations

import struct
import zlib

from app import imaging
from app.deadline import Deadline
from tests.support import drawing
from tests.support.work import LIMITS, rendered

NOISE = drawing.noise(96, 64, "RGBA")
PNG = drawing.encoded(NOISE, "PNG")
APNG = drawing.animation("PNG", drawing.moving(), duration=50)


def test_text_chunks_are_not_unpacked() -> None:
    """Pillow would refuse this text, and keep 64 MB of smaller ones in memory; nothing here reads either."""
    text = b"Comment\0\0" + zlib.compress(bytes(20_000_000))
    data = drawing.with_chunk(PNG, b"zTXt", text)
    assert imaging.probe(data, LIMITS).stripped
    result = rendered(data, format="png")
    assert drawing.opened(result.body).tobytes() == NOISE.tobytes()
    assert imaging.verify(data, LIMITS, Deadline.after(60)).stripped


def test_an_apng_with_fewer_frames_than_announced_is_a_still() -> None:
    at = APNG.index(b"acTL") - 4
    announced = drawing.chunk(b"acTL", struct.pack(">II", 9, 0))
    data = APNG[:at] + announced + APNG[at + 20 :]
    assert rendered(data).frames == 1
