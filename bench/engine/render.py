"""Runs our engine in this process as the service does, from options to encoded bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.options import parse


def render(source: Path, options: Mapping[str, Any]) -> bytes:
    """Return the image in ``source`` resized by ``options``, named as in a query."""
    data = source.read_bytes()
    work = imaging.prepare(data, parse(options.items()), Limits())
    return imaging.render(work, data, Deadline.after(120), Stopwatch()).body
