"""Schedules: keeping containers warm costs as little as can be; what has had its time is removed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from app import service
from app.errors import ServiceError, StorageUnavailable
from app.events.retry import RetryMeant

if TYPE_CHECKING:
    from app.container import Container

# long enough that pings sent together each find a container of their own, since one that
# is held cannot take the next
HOLD_S: Final = 0.075
_MOST: Final = 100


def keep_warm(
    container: Container, event: Mapping[str, Any], context: Any, *, sleep: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """Hold this container for 75 ms and do nothing else, after having others started: ``{"warm": n}`` is n in all.

    Those are asked for with ``{"warm": 1}``, which asks for no more.
    """
    started = _start_others(container, _wanted(container, event) - 1)
    sleep(HOLD_S)
    return {"warm": 1 + started, "container": container.id, "cold": container.invocations == 1}


def purge(container: Container, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Remove results that have had their time; raise RetryMeant when the storage does not answer."""
    try:
        return purge_derived(container)
    except StorageUnavailable as exc:
        raise RetryMeant(exc.detail) from exc


def purge_derived(container: Container) -> dict[str, Any]:
    """Remove what was derived ``derived_days`` ago, and say how much it was."""
    return {"status": 200, "purged": service.purge_derived(container.tools)}


def _wanted(container: Container, event: Mapping[str, Any]) -> int:
    """Return how many containers are to be warm; a schedule does not say, so the settings do."""
    asked = event.get("warm", container.settings.warm_containers)
    return min(max(asked, 1), _MOST) if isinstance(asked, int) else 1


def _start_others(container: Container, number: int) -> int:
    started = 0
    try:
        for started in range(number):  # noqa: B007 - how far it came is the answer
            container.outbound.invoker.invoke({"warm": 1})
    except ServiceError as exc:
        container.log.write("warning", {"event": "warm", "container": container.id, "error": exc.detail})
        return started
    return max(0, number)
