"""A function that waits, and handles the app's keep-warm event ``{"warm": n}`` as the app does."""

from __future__ import annotations

from typing import Any

from self_invocation import invoke_self  # type: ignore[import-not-found]
from waiting import handler as wait  # type: ignore[import-not-found]

# as app/events/schedule.py: long enough that pings sent together reach a container each
HOLD_S = 0.075


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Keep this container and others warm, or wait ``wait_s`` seconds."""
    if "warm" not in event:
        return dict(wait(event, context))
    for _ in range(event["warm"] - 1):
        invoke_self({"warm": 1})
    return dict(wait({"wait_s": HOLD_S}, context))
