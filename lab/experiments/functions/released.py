"""A function that waits and returns its release, which is the content of ``release.txt`` beside it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

_RELEASE = Path(__file__).with_name("release.txt")
RELEASE = _RELEASE.read_text() if _RELEASE.exists() else ""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Wait ``wait_s`` seconds and return the release."""
    time.sleep(event.get("wait_s", 0.0))
    return {"release": RELEASE}
