"""Where each gravity lies."""

from __future__ import annotations

# in halves of what is left over: left, middle or right, and top, middle or bottom
PLACES = {
    "northwest": (0, 0), "north": (1, 0), "northeast": (2, 0),
    "west": (0, 1), "center": (1, 1), "east": (2, 1),
    "southwest": (0, 2), "south": (1, 2), "southeast": (2, 2),
}  # fmt: skip
