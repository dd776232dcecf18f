"""Deferred work on Lambda: the function invoked itself with the id of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.core.errors import NotFound
from app.events.failure import InvocationFailed
from app.service import RetryLater

if TYPE_CHECKING:
    from app.container import Container


def run(container: Container, event: Mapping[str, Any], lambda_context: Any) -> dict[str, Any]:
    """Run the job and answer its state; raise InvocationFailed when a failure may pass and attempts are left.

    Lambda's retry has the request id of the attempt that failed, so it may take over at once.
    """
    worker = getattr(lambda_context, "aws_request_id", "")
    try:
        job = container.run_job(event["job"], container.deadline(lambda_context), worker=worker)
    except NotFound as exc:
        return {"status": exc.status, "code": exc.code, "message": exc.detail}
    except RetryLater as exc:
        raise InvocationFailed(str(exc)) from exc
    return {"status": 200, "state": job.state if job else "not ours"}
