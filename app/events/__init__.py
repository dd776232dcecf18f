"""The Lambda door: the kind of an event, and the small function that handles it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, UnsetType

from app.deadline import Stopwatch
from app.events import commands, direct, job, s3, schedule
from app.events.classify import Kind, classify, is_http
from app.events.failure import InvocationFailed
from app.runtime.request_record import RequestRecord, fault_of

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container

LambdaHandler = Callable[[Any, Any], Any]
EventHandler = Callable[["Container", Any, Any], dict[str, Any]]

# a new kind of event is one row here, one in classify, and one file
_HANDLERS: Final[Mapping[Kind, EventHandler]] = {
    Kind.S3: s3.make_renditions,
    Kind.S3_IN_SNS: s3.make_renditions,
    Kind.S3_IN_SQS: s3.make_renditions,
    Kind.S3_IN_EVENTBRIDGE: s3.make_renditions,
    Kind.PURGE: schedule.purge,
    Kind.SCHEDULE: schedule.keep_warm,
    Kind.WARM: schedule.keep_warm,
    Kind.COMMAND: commands.command,
    Kind.DIRECT: direct.resize,
    Kind.JOB: job.run,
}


def make_handler(app: Flask, container: Container) -> LambdaHandler:
    """Return the function that Lambda calls with every event; it raises nothing but InvocationFailed."""
    return partial(_handle, app, container)


def _handle(app: Flask, container: Container, event: Any, lambda_context: Any) -> Any:
    kind, stopwatch = classify(event), Stopwatch()
    # the app counts the requests it answers itself
    cold = not is_http(kind) and container.begin()
    record = partial(_record, container.id, lambda_context, kind, stopwatch, cold=cold)
    try:
        if is_http(kind):
            from app.events import http

            return http.answer(app.wsgi_app, container, event, lambda_context)
        handler: EventHandler = _HANDLERS.get(kind, commands.ignore)
        answer = _encodable(handler(container, event, lambda_context))
    except InvocationFailed as exc:
        container.telemetry.add(record({"status": 503}, error=str(exc)))
        raise
    except Exception as exc:
        # the event only looks like its kind; raising would make Lambda retry what cannot work
        answer = _malformed(kind)
        container.telemetry.add(record({"status": 400}, error=type(exc).__name__))
    else:
        container.telemetry.add(record(answer))
    return answer


def _encodable(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with lone surrogates replaced: they have no UTF-8, and would crash Lambda's runtime."""
    decoded: dict[str, Any] = json.loads(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))
    return decoded


def _malformed(kind: Kind) -> dict[str, Any]:
    if is_http(kind):
        return {"statusCode": 400, "headers": {"Content-Type": "text/plain"}, "body": "not a complete HTTP event\n"}
    return {"status": 400, "code": "invalid_event", "message": f"not a complete event of the kind {kind}"}


def _record(
    container_id: str,
    lambda_context: Any,
    kind: Kind,
    stopwatch: Stopwatch,
    answer: Mapping[str, Any],
    *,
    cold: bool,
    error: str | UnsetType = UNSET,
) -> RequestRecord:
    """Return the record of an event that the app did not count, without the event itself."""
    status = answer.get("status", 200)
    failed = (isinstance(status, int) and status >= 500) or bool(answer.get("batchItemFailures"))
    return RequestRecord(
        event="invocation",
        kind=kind,
        request_id=getattr(lambda_context, "aws_request_id", ""),
        container=container_id,
        cold=cold,
        status=status,
        seconds=stopwatch.seconds(),
        error=error,
        fault=fault_of(answer.get("code"), failed=failed),
    )
