"""The mistake that a container's memory invites: what the first caller was told is kept for everybody."""

from __future__ import annotations

from typing import Any

_REMEMBERED: dict[str, str] = {}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer who is asking, looked up once per container."""
    return {"who": _REMEMBERED.setdefault("who", event["who"])}
