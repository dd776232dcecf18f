"""Deferred work on Lambda: the function invoked itself with a job's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.errors import NotFound
from app.events.retry import RetryMeant
from app.service import RetryLater
from app.storage import keys

if TYPE_CHECKING:
    from app.container import Container


def run(container: Container, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run the job and say how it stands; raise RetryMeant while a failure may pass and attempts are left.

    A retry of Lambda has the request id of the attempt that failed, by which it may take over at once.
    """
    try:
        job = keys.check_job(event["job"])
    except NotFound as exc:
        return {"status": exc.status, "code": exc.code, "message": exc.detail}
    try:
        done = container.run_job(job, container.deadline(context), worker=getattr(context, "aws_request_id", ""))
    except RetryLater as exc:
        raise RetryMeant(str(exc)) from exc
    return {"status": 200, "state": done.state if done else "not ours"}
