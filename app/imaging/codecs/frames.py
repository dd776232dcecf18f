"""The values that decoders, steps and encoders exchange: a frame, and the timing of an animation."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import msgspec
from PIL import Image

# The longest that one frame of a GIF can show, in milliseconds.
MAX_DURATION: Final = 655_350


class Frame(msgspec.Struct, frozen=True):
    """One composed frame of a file, how long it shows in milliseconds, and the color profile of the file."""

    image: Image.Image
    duration: float
    profile: bytes | None


class Timing(msgspec.Struct, frozen=True):
    """How an animation runs: milliseconds per frame, and how often it plays, 0 for ever."""

    durations: tuple[float, ...]
    plays: int = 0

    def whole(self, unit: int, most: int = MAX_DURATION) -> list[int]:
        """Return the durations as multiples of ``unit`` up to ``most``, rounded so that the total is kept."""
        edges, total = [0], 0.0
        for duration in self.durations:
            total += min(max(duration, 0.0), most)
            edges.append(unit * round(total / unit))
        return [after - before for before, after in pairwise(edges)]
