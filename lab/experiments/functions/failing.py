"""The app with routes that fail in every way a function can, each named for what it does."""

from __future__ import annotations

import os
import time
from typing import Any

if os.environ.get("FAIL_INIT"):
    raise RuntimeError("asked to fail while loading")

import wsgi

MIB = 1024 * 1024


def fine() -> str:
    """Succeed."""
    return "fine"


def crash() -> str:
    """End the process, as a crash in C code does."""
    os._exit(3)


def hang() -> str:
    """Wait longer than any timeout."""
    time.sleep(600)
    return "late"


def memory() -> str:
    """Take more memory than the experiment allows."""
    return str(len(b"x" * (400 * MIB)))


def bug() -> str:
    """Fail inside the app, which responds with 500."""
    raise RuntimeError("asked to fail in a view")


for view in (fine, crash, hang, memory, bug):
    wsgi.app.add_url_rule(f"/lab/{view.__name__}", view.__name__, view)
wsgi.app.add_url_rule("/lab/raise", "raise", fine)


def handler(event: dict[str, Any], context: Any) -> Any:
    """Respond as the app does, or fail outside it for one path."""
    response = wsgi.handler(event, context)
    if event["path"] == "/lab/raise":
        raise RuntimeError("asked to fail in the handler")
    return response
