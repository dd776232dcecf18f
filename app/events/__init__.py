"""The Lambda door: what kind of event this is, and the small function that answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from app.deadline import Stopwatch
from app.errors import SourceError, leaves
from app.events import commands, direct, job, s3, schedule
from app.events.classify import Kind, classify, is_http
from app.events.retry import RetryMeant
from app.runtime import metrics

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
    Kind.COMMAND: commands.command,
    Kind.DIRECT: direct.resize,
    Kind.JOB: job.run,
}


def make_handler(app: Flask, container: Container) -> Handler:
    """Return the one function that Lambda calls with every event; it raises nothing but RetryMeant."""
    return partial(_handle, app, container)


def _handle(app: Flask, container: Container, event: Any, context: Any) -> Any:
    kind, stopwatch = classify(event), Stopwatch()
    # the app counts what it answers itself
    note = partial(_note, container, context, kind, stopwatch, cold=not is_http(kind) and container.begin())
    try:
        if is_http(kind):
            from app.events import http

            return http.answer(app.wsgi_app, container, event, context)
        answer: Answer = _ANSWERS.get(kind, commands.ignore)
        answered = _sendable(answer(container, event, context))
    except RetryMeant as exc:
        note({"status": 503}, error=str(exc))
        raise
    except Exception as exc:
        # an event that only looks like its kind; raising would make Lambda retry what cannot work
        answered = _malformed(kind)
        note({"status": 400}, error=type(exc).__name__)
    else:
        note(answered)
    return answered


def _sendable(answered: dict[str, Any]) -> dict[str, Any]:
    """Return the answer in characters that UTF-8 has: JSON can hold half a one, of which Lambda's runtime dies."""
    found: dict[str, Any] = json.loads(json.dumps(answered, ensure_ascii=False).encode(errors="replace"))
    return found


def _malformed(kind: Kind) -> dict[str, Any]:
    if is_http(kind):
        return {"statusCode": 400, "headers": {"Content-Type": "text/plain"}, "body": "not a complete HTTP event\n"}
    return {"status": 400, "code": "invalid_event", "message": f"not a complete event of the kind {kind}"}


def _note(
    container: Container,
    context: Any,
    kind: Kind,
    stopwatch: Stopwatch,
    answered: Mapping[str, Any],
    *,
    cold: bool,
    error: str = "",
) -> None:
    """Count an invocation that the app does not count, and write one line about it: never the event itself."""
    seconds, route, faults = stopwatch.seconds()["total"], metrics.EVENT + kind, _faults(answered)
    container.routes.add(route, seconds, **faults)
    sent = None
    if container.platform.mode == "lambda":
        function = container.platform.function_name
        sent = metrics.document(function, route, now=container.now(), seconds=seconds, cold=cold, **faults)
    fields = {
        "event": "invocation",
        "kind": kind,
        "request_id": getattr(context, "aws_request_id", ""),
        "container": container.id,
        "cold": cold,
        "status": answered.get("status", 200),
        "ms": {"total": round(1000 * seconds, 1)},
    }
    level = "warning" if error else "info"
    container.log.write(level, fields | ({"error": error} if error else {}), metrics=sent)


def _faults(answered: Mapping[str, Any]) -> dict[str, bool]:
    """Return whose fault it is that an event was not done, or not all of it; nobody's when it was."""
    status, code = answered.get("status"), answered.get("code")
    from_source = isinstance(code, str) and code in {leaf.code for leaf in leaves(SourceError)}
    failed = (isinstance(status, int) and status >= 500) or bool(answered.get("batchItemFailures"))
    return {"error": failed and not from_source, "source_error": from_source}
