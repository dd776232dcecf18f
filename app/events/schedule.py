"""Schedules: keeping containers warm as cheaply as possible, and removing results that have expired."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from app.errors import ServiceError, StorageUnavailable
from app.events.failure import InvocationFailed

if TYPE_CHECKING:
    from app.container import Container
    from app.service import Purge

# a held container cannot take the next ping, so pings sent together reach as many containers
HOLD_S: Final = 0.075
_MAX_CONTAINERS: Final = 100


def keep_warm(
    container: Container, event: Mapping[str, Any], lambda_context: Any, *, sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """Start other containers, then hold this one for 75 ms: ``{"warm": n}`` keeps ``n`` warm in all.

    The others are sent ``{"warm": 1}``, which starts no more.
    """
    started = _start_others(container, _count(event, container.settings.warm_containers) - 1)
    sleep(HOLD_S)
    return {"warm": 1 + started, "container": container.id, "cold": container.invocations == 1}


def purge(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Remove expired results; raise InvocationFailed when the storage does not answer."""
    try:
        return purge_derived(container.services.purge)
    except StorageUnavailable as exc:
        raise InvocationFailed(exc.detail) from exc


def purge_derived(expired: Purge) -> dict[str, Any]:
    """Remove expired results and answer how many there were."""
    return {"status": 200, "purged": expired.derived()}


def _count(event: Mapping[str, Any], default: int) -> int:
    """Return how many containers to keep warm; a schedule does not say, so the settings do."""
    requested = event.get("warm", default)
    return min(max(requested, 1), _MAX_CONTAINERS) if isinstance(requested, int) else 1


def _start_others(container: Container, count: int) -> int:
    """Start up to ``count`` containers and return how many were started."""
    started = 0
    try:
        for started in range(count):  # noqa: B007 - read when an invocation fails
            container.backends.invoker.invoke({"warm": 1})
    except ServiceError as exc:
        container.log.write("warning", {"event": "warm", "container": container.id, "error": exc.detail})
        return started
    return max(0, count)
