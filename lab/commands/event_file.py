"""An event that a command reads from a file."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from lab.errors import SetupError, naming


def read_event(path: Path, option: str = "") -> bytes:
    """Return the JSON in the file of an option, or in standard input for ``-``; raise SetupError."""
    with naming(path, option):
        event = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    try:
        msgspec.json.decode(event)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise SetupError(f"{path} is not JSON: {exc}") from exc
    return event
