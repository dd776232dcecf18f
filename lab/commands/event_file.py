"""An event that a command reads from a file."""

from __future__ import annotations

import sys
from pathlib import Path

from lab.file_checks import as_setup_errors
from measurement.json_value import decoded


def read_event(path: Path, option: str = "") -> bytes:
    """Return the JSON in the file of an option, or in standard input for ``-``; raise SetupError."""
    with as_setup_errors(path, option, "an event in JSON"):
        event = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        decoded(event)
    return event
