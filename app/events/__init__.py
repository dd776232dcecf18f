"""The Lambda door: what kind of event this is, and the small function that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.events import direct, job, others, s3, schedule
from app.events.classify import Kind, classify, is_http
from app.events.retry import RetryMeant

if TYPE_CHECKING:
    from flask import Flask

    from app.container import Container

Handler = Callable[[Any, Any], Any]
Answer = Callable[["Container", Any, Any], dict[str, Any]]

# a new kind of event is one row here, one in classify, and one file
_ANSWERS: Final[Mapping[Kind, Answer]] = {
    Kind.S3: s3.make_renditions,
    Kind.S3_IN_SNS: s3.make_renditions,
    Kind.S3_IN_SQS: s3.make_renditions,
    Kind.S3_IN_EVENTBRIDGE: s3.make_renditions,
    Kind.PURGE: schedule.purge,
    Kind.SCHEDULE: schedule.keep_warm,
    Kind.WARM: schedule.keep_warm,
    Kind.COMMAND: others.command,
    Kind.DIRECT: direct.resize,
    Kind.JOB: job.run,
}


def make_handler(app: Flask, container: Container) -> Handler:
    """Return the one function that Lambda calls with every event; it raises nothing but RetryMeant."""
    return partial(_handle, app, container)


def _handle(app: Flask, container: Container, event: Any, context: Any) -> Any:
    kind = classify(event)
    try:
        if is_http(kind):
            from app.events import http

            return http.answer(app.wsgi_app, container, event, context)
        cold = container.begin()
        answer: Answer = _ANSWERS.get(kind, others.ignore)
        answered = answer(container, event, context)
        _log(container, context, kind, cold=cold, status=answered.get("status", 200))
    except RetryMeant as exc:
        _log(container, context, kind, status=503, error=str(exc))
        raise
    except Exception as exc:
        # an event that only looks like its kind; raising would make Lambda retry what cannot work
        answered = _malformed(kind)
        _log(container, context, kind, status=400, error=type(exc).__name__)
    return answered


def _malformed(kind: Kind) -> dict[str, Any]:
    if is_http(kind):
        return {"statusCode": 400, "headers": {"Content-Type": "text/plain"}, "body": "not a complete HTTP event\n"}
    return {"status": 400, "code": "invalid_event", "message": f"not a complete event of the kind {kind}"}


def _log(container: Container, context: Any, kind: Kind, **fields: Any) -> None:
    """Write one line about an invocation that the app does not log: never the event itself."""
    container.log.write(
        "warning" if "error" in fields else "info",
        {
            "event": "invocation",
            "kind": kind,
            "request_id": getattr(context, "aws_request_id", ""),
            "container": container.id,
            **fields,
        },
    )
