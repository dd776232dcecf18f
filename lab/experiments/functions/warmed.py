"""A function that waits, and handles the app's keep-warm event ``{"warm": n}`` as the app does."""

from __future__ import annotations

import time
from typing import Any

from self_invocation import invoke_self  # type: ignore[import-not-found]
from waiting import handler as wait  # type: ignore[import-not-found]

# as app/events/schedule.py: all are held until one moment, so that each ping reaches a container of its own
HOLD_S = 0.075
SEND_S = 0.05


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Keep this container and others warm, or wait ``wait_s`` seconds."""
    if "warm" not in event:
        return dict(wait(event, context))
    others = event["warm"] - 1
    until = event.get("until", time.time() + HOLD_S + others * SEND_S)
    for _ in range(others):
        invoke_self({"warm": 1, "until": until})
    return dict(wait({"wait_s": max(0.0, until - time.time())}, context))
