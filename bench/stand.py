"""What every experiment is handed: sources, what runs the peers, and how thorough to be."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.picture import Sources
from bench.setup import Node


class Stand(msgspec.Struct, frozen=True):
    """The surroundings of one run; ``thumbor`` is its Python, if any; ``quick`` trades steadiness for time."""

    sources: Sources
    node: Node
    thumbor: Path | None = None
    quick: bool = False
