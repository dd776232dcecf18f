"""Schedules: keeping containers warm as cheaply as possible, and removing images and results that have expired."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from app.core.deadline import Deadline
from app.core.errors import ServiceError, StorageUnavailable
from app.events.failure import InvocationFailed

if TYPE_CHECKING:
    from app.container import Container

# a held container cannot take the next ping, so pings that are held together reach as many containers
HOLD_S: Final = 0.075
# sending one asynchronous invocation takes about 15 ms, and it arrives a little later
SEND_S: Final = 0.05
# to end with the image that is being deleted, and to connect to Lambda
HAND_OVER_S: Final = 5.0
# Lambda stops a function that has invoked itself 16 times in a row:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
MOST_TURNS: Final = 12
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
    """Purge as ``purge_expired`` does; raise InvocationFailed when the storage or Lambda does not answer."""
    try:
        return purge_expired(container, event, lambda_context)
    except StorageUnavailable as exc:
        raise InvocationFailed(exc.detail) from exc


def purge_expired(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Remove expired images and results, and answer how many there were; images only where they expire.

    When time runs out, it invokes the function to go on behind the last key: ``{"purge": …, "after": key, "turn": n}``.
    """
    expired, after, turn = container.services.purge, event.get("after"), event.get("turn")
    deadline = Deadline.after(container.deadline(lambda_context).remaining() - HAND_OVER_S, container.clock)
    purged = expired.until(deadline, after if isinstance(after, str) else "")
    deleted = {"deleted": purged.images} if expired.retention_days else {}
    answer = {"status": 200, "purged": purged.results, **deleted}
    if not purged.rest:
        return answer
    _go_on(container, purged.rest, turn if isinstance(turn, int) else 1)
    return {**answer, "more": True}


def _go_on(container: Container, after: str, turn: int) -> None:
    if turn < MOST_TURNS:
        container.backends.invoker.invoke({"purge": "derived", "after": after, "turn": turn + 1})
    else:
        container.log.write("warning", {"event": "purge", "container": container.id, "error": "more is left to purge"})


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
