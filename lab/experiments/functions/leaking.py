"""A mistake that reused containers invite: the first caller's data is cached and returned to every caller."""

from __future__ import annotations

from typing import Any

_REMEMBERED: dict[str, str] = {}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return who is calling, looked up once per container."""
    return {"who": _REMEMBERED.setdefault("who", event["who"])}
