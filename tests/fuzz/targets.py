"""Every door that reads what strangers send."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.fuzz import decoders, doors
from tests.fuzz.target import Target

FOUND: Final = Path(__file__).parent / "found"


def all_targets() -> dict[str, Target]:
    """Return the targets by name."""
    return {**decoders.targets(), **doors.targets()}


def found(name: str) -> dict[str, bytes]:
    """Return the inputs that once showed a bug of this target, by file name."""
    return {path.name: path.read_bytes() for path in sorted((FOUND / name).glob("*"))}
