"""The log of a container: one line of JSON for each request, event and job, and for what went wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, TextIO

from app.runtime import redact

_LEVELS: Final = ("debug", "info", "warning", "error")


class Log:
    """Writes one JSON object per line; CloudWatch Logs Insights discovers the fields."""

    def __init__(self, level: str, *, stream: TextIO | None = None) -> None:
        self._least = _LEVELS.index(level)
        self._stream = stream

    def write(self, level: str, fields: Mapping[str, Any], *, metrics: Mapping[str, Any] | None = None) -> None:
        """Write one line if ``level`` is at or above the log's own; ``metrics`` are written at any level."""
        is_logged = _LEVELS.index(level) >= self._least
        members = {**({"level": level, **fields} if is_logged else {}), **(metrics or {})}
        if members:
            line = json.dumps(members, separators=(",", ":"), default=str)
            stream = self._stream or sys.stderr
            with suppress(OSError):  # a full disk below the log must not fail the request
                stream.write(line + "\n")  # in one call: print() lets another thread write before the newline
                stream.flush()

    def bug(self, exc: BaseException, **fields: str) -> None:
        """Write the whole traceback of a fault of ours; ``fields`` say where it happened."""
        import traceback

        trace = redact.queries("".join(traceback.format_exception(exc)))
        self.write("error", {"event": "bug", **fields, "trace": trace})
