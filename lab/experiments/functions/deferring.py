"""Work that is meant to happen after the response: in a thread, or in an invocation of its own."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from self_invocation import invoke_self  # type: ignore[import-not-found]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Respond at once and write ``path`` later (``do`` is ``thread`` or ``self``), write it now (``work``), or wait."""
    if event.get("do") == "thread":
        threading.Thread(target=_work, args=(event,), daemon=True).start()
    elif event.get("do") == "self":
        invoke_self({**event, "do": "work"})
    elif event.get("do") == "work":
        _work(event)
    elif event.get("do") == "wait":
        time.sleep(event["wait_s"])
    return {}


def _work(event: dict[str, Any]) -> None:
    time.sleep(event["work_s"])
    Path(event["path"]).write_text(repr(time.time()))
