"""Commands of the Zappa CLI, and events that nothing here handles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from app.core.config import VERSION
from app.core.errors import ServiceError
from app.events import schedule
from app.events.classify import classify

if TYPE_CHECKING:
    from app.container import Container


_ALLOWED: Final = "status, warm and purge_derived"


def ignore(container: Container, event: object, lambda_context: Any) -> dict[str, Any]:
    """Return the kind of event that was ignored."""
    return {"ignored": classify(event)}


def command(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Run one of the allowed commands of ``zappa invoke``; refuse code and management commands.

    Zappa's own handler executes ``raw_command`` as Python, so anyone who may invoke the function could read every
    secret it holds.
    """
    name = event.get("command")
    if name == "status":
        return {"status": "ok", "version": VERSION, "container": container.id, "invocations": container.invocations}
    if name == "warm":
        return schedule.keep_warm(container, event, lambda_context)
    if name == "purge_derived":
        return _purge_derived(container, event, lambda_context)
    refused = next(field for field in ("raw_command", "manage", "command") if field in event)
    return {
        "status": 400,
        "code": "invalid_parameter",
        "message": f"{refused}: expected 'zappa invoke STAGE NAME' with one of {_ALLOWED}; code is never run",
    }


def _purge_derived(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Purge as the schedule does: expired images too, whatever the command's name says."""
    try:
        return schedule.purge_expired(container, event, lambda_context)
    except ServiceError as exc:
        return {"status": exc.status, "code": exc.code, "message": exc.detail}
