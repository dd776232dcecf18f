"""Decides how much effort the encoder of an animation leaves out, by the time that it is estimated to take.

The same options on the same source always get the same effort, whatever the machine is and does.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from app.imaging.codecs.output import Output
from app.imaging.cost.encode import encode_cost
from app.imaging.steps.costs import Planned

# The seconds that encoding may take at the most effort, and at less; what takes longer gets the least.
MOST_SECONDS: Final = (4.5, 6.75)


def haste(planned: Planned, output: Output) -> int:
    """Return how many steps of effort are left out: none for a still, whose pixels are limited."""
    if output.frames == 1:
        return 0
    for steps, most in enumerate(MOST_SECONDS):
        if encode_cost(planned, replace(output, haste=steps))[1] <= most:
            return steps
    return len(MOST_SECONDS)
