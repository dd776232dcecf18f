"""The values that decoders, steps and encoders exchange: a frame, and the timing of an animation."""

from __future__ import annotations

from typing import Final

import msgspec
from PIL import Image

# The longest that one frame of a GIF can show, in milliseconds.
MAX_DURATION: Final = 655_350
# Browsers show a frame of at most so many milliseconds for 100.
SLOWED: Final = 10


class Frame(msgspec.Struct, frozen=True):
    """One composed frame of a file, and how long it shows, in milliseconds."""

    image: Image.Image
    duration: float


class Timing(msgspec.Struct, frozen=True):
    """How an animation runs: milliseconds per frame, and how often it plays, 0 for ever."""

    durations: tuple[float, ...]
    plays: int = 0

    def rounded_to(self, unit: int) -> tuple[list[int], Timing]:
        """Return which frames to show, and for how long in multiples of ``unit`` milliseconds; their total is kept.

        No frame becomes so short by rounding that browsers slow it down: some are left out instead.
        """
        frames: list[int] = []
        durations: list[int] = []
        total = written = least = 0.0
        for index, duration in enumerate(self.durations):
            total += min(max(duration, 0.0), MAX_DURATION)
            shortest, longest = (unit * (SLOWED // unit + 1), MAX_DURATION) if duration > SLOWED else (0, SLOWED)
            if frames and total - written < shortest / 2:
                continue
            least = shortest
            frames.append(index)
            durations.append(min(longest, max(shortest, unit * round((total - written) / unit))))
            written += durations[-1]
        rest = unit * round((total - written) / unit)
        durations[-1] = min(MAX_DURATION, max(int(least), durations[-1] + rest))
        return frames, Timing(tuple(durations), self.plays)
