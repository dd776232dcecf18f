"""What the header of a JPEG says, and what is left to its decoder."""

from __future__ import annotations

import numpy as np
import pytest

from app import imaging
from tests.support import drawing
from tests.support.work import LIMITS, picture

PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92)


@pytest.mark.parametrize("kind", ["plain", "RGB", "renumbered"])
def test_what_the_components_mean_is_left_to_the_decoder(kind: str) -> None:
    """A file that numbers its components 0, 1 and 2 may hold anything, and Adobe's marker may say that it holds RGB."""
    at = PHOTO.index(b"\xff\xc0")
    assert [PHOTO[at + 10 + 3 * index] for index in range(3)] == [1, 2, 3]
    renumbered = bytearray(PHOTO)
    scan = PHOTO.index(b"\xff\xda")
    for index in range(3):
        renumbered[at + 10 + 3 * index] -= 1
        renumbered[scan + 5 + 2 * index] -= 1
    data = {
        "plain": PHOTO,
        "RGB": drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92, keep_rgb=True),
        "renumbered": bytes(renumbered),
    }[kind]
    assert imaging.probe(data, LIMITS).mode == "RGB"
    full = drawing.opened(data).convert("RGB").resize((80, 60))
    assert np.abs(drawing.array(picture(data, width=80, format="png")) - drawing.array(full)).mean() < 2


@pytest.mark.parametrize("padding", [b"\xff\xff", b"\xff\x00", b"\x00"])
def test_bytes_between_segments_are_skipped(padding: bytes) -> None:
    """Any marker may follow fill bytes (ITU-T T.81, B.1.1.2), and some cameras write others, too."""
    at = PHOTO.index(b"\xff\xdb")
    padded = PHOTO[:at] + padding + PHOTO[at:]
    assert imaging.probe(padded, LIMITS).pixels == imaging.probe(PHOTO, LIMITS).pixels
    assert picture(padded).tobytes() == picture(PHOTO).tobytes()
