"""What every experiment is handed: sources, Node.js, and how thorough to be."""

from __future__ import annotations

import msgspec

from bench.picture import Sources
from bench.setup import Node


class Stand(msgspec.Struct, frozen=True):
    """The surroundings of one run; ``quick`` trades steadiness for time."""

    sources: Sources
    node: Node
    quick: bool = False
