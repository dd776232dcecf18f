"""An event that a command reads from a file."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from lab.errors import SetupError


def read_event(path: Path) -> bytes:
    """Return the JSON in a file, or in standard input for ``-``; raise SetupError."""
    try:
        event = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        msgspec.json.decode(event, type=msgspec.Raw)
    except OSError as exc:
        raise SetupError(f"{path}: {exc.strerror}") from exc
    except msgspec.DecodeError as exc:
        raise SetupError(f"{path} is not JSON: {exc}") from exc
    return event
