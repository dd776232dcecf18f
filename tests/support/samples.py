"""The files of ``tests/samples``, which other programs wrote, and the pixels that libvips reads in them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

FOLDER: Final = Path(__file__).parent.parent / "samples"


class Sample(msgspec.Struct, frozen=True):
    """What ``draw.py`` noted of one file: its upright size, and x, y and the mean samples around each point."""

    drawn_by: str
    bytes: int
    width: int
    height: int
    pixels: list[tuple[int, int, list[float]]]


SAMPLES: Final = msgspec.json.decode((FOLDER / "pixels.json").read_bytes(), type=dict[str, Sample])


def data(name: str) -> bytes:
    """Return the bytes of a sample."""
    return (FOLDER / name).read_bytes()
