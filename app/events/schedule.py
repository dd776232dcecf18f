"""Schedules: keeping containers warm as cheaply as possible, and removing results that have expired."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import ServiceError, StorageUnavailable
from app.events.failure import InvocationFailed

if TYPE_CHECKING:
    from app.container import Container
    from app.service import Purge

# a held container cannot take the next ping, so pings that are held together reach as many containers
HOLD_S: Final = 0.075
# sending one asynchronous invocation takes about 15 ms, and it arrives a little later
SEND_S: Final = 0.05
_MAX_CONTAINERS: Final = 100
_MAX_HOLD_S: Final = HOLD_S + _MAX_CONTAINERS * SEND_S


def keep_warm(
    container: Container, event: Mapping[str, Any], lambda_context: Any, *, sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """Start other containers, and hold all of them until one moment: ``{"warm": n}`` keeps ``n`` warm in all.

    The others are sent ``{"warm": 1, "until": …}``, in Unix seconds, which starts no more. One that would be free
    before the last is reached could be reached twice.
    """
    others = _count(event, container.settings.warm_containers) - 1
    started, until = _start_others(container, others) if others else (0, _until(event, container.now()))
    sleep(max(0.0, until - container.now()))
    return {"warm": 1 + started, "container": container.id, "cold": container.is_cold}


def purge(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Remove expired results; raise InvocationFailed when the storage does not answer."""
    try:
        return purge_derived(container.services.purge)
    except StorageUnavailable as exc:
        raise InvocationFailed(exc.detail) from exc


def purge_derived(expired: Purge) -> dict[str, Any]:
    """Remove expired images and results, and answer how many there were; images only where they expire."""
    deleted = {"deleted": expired.images()} if expired.retention_days else {}
    return {"status": 200, "purged": expired.derived(), **deleted}


def _count(event: Mapping[str, Any], default: int) -> int:
    """Return how many containers to keep warm; a schedule does not say, so the settings do."""
    requested = event.get("warm", default)
    return min(max(requested, 1), _MAX_CONTAINERS) if isinstance(requested, int) else 1


def _until(event: Mapping[str, Any], now: float) -> float:
    """Return the moment that the event names, in Unix seconds; one that names none is held for a moment."""
    until = event.get("until")
    return max(now, min(until, now + _MAX_HOLD_S)) if isinstance(until, int | float) else now + HOLD_S


def _start_others(container: Container, count: int) -> tuple[int, float]:
    """Start up to ``count`` containers; return how many were started, and until when all are held."""
    invoker, started, until = container.backends.invoker, 0, container.now() + HOLD_S
    try:
        invoker.connect()
        until = container.now() + HOLD_S + count * SEND_S
        for _ in range(count):
            invoker.invoke({"warm": 1, "until": round(until, 3)})
            started += 1
    except ServiceError as exc:
        container.log.write("warning", {"event": "warm", "container": container.id, "error": exc.detail})
    return started, until
