"""The Lambda door: the kind of an event, and the small function that handles it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, UnsetType

from app.core.deadline import Stopwatch
from app.core.errors import InvalidParameter, ParameterError, ServiceError
from app.events import commands, direct, job, s3, schedule
from app.events.classify import HTTP, Kind, classify
from app.events.failure import InvocationFailed, MalformedEvent
from app.events.http import HttpHandler, problem
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


# their senders send an event again that failed; the others wait for an answer
_RETRIED: Final = (
    *(Kind.S3, Kind.S3_IN_SNS, Kind.S3_IN_SQS, Kind.S3_IN_EVENTBRIDGE),
    *(Kind.PURGE, Kind.SCHEDULE, Kind.WARM, Kind.JOB),
)


def make_handler(app: Flask, container: Container) -> LambdaHandler:
    """Return the function that Lambda calls with every event; it raises nothing but InvocationFailed."""
    return partial(_handle, HttpHandler(app), container)


def _handle(http: HttpHandler, container: Container, event: Any, lambda_context: Any) -> Any:
    kind = classify(event)
    if kind in HTTP:
        return _answer_request(http, container, kind, event, lambda_context)
    stopwatch, cold = Stopwatch(), container.begin()
    record = partial(_record, container.id, lambda_context, kind, stopwatch, cold=cold)
    try:
        handler: EventHandler = _HANDLERS.get(kind, commands.ignore)
        answer = _encodable(handler(container, event, lambda_context))
    except InvocationFailed as exc:
        container.telemetry.add(record({"status": 503}, error=str(exc)))
        raise
    except Exception as exc:
        _log_bug(container, lambda_context, exc)
        container.telemetry.add(record({"status": 500}, error=type(exc).__name__))
        if kind in _RETRIED:
            raise InvocationFailed(f"a bug, {type(exc).__name__}: the log has the trace") from exc
        bug = _bug()
        return {"status": bug.status, "code": bug.code, "message": bug.detail}
    container.telemetry.add(record(answer))
    return answer


def _answer_request(
    http: HttpHandler, container: Container, kind: Kind, event: Any, lambda_context: Any
) -> dict[str, Any]:
    """Return the response to an HTTP event; the app counts and logs the requests that reach it."""
    error = _bug()
    try:
        return http.answer(kind, event, lambda_context)
    except MalformedEvent as exc:
        error = InvalidParameter(ParameterError("event", str(exc)))
    except Exception as exc:
        _log_bug(container, lambda_context, exc)
    record = _record(container.id, lambda_context, kind, Stopwatch(), {"status": error.status}, error=error.code)
    container.telemetry.add(record)
    return problem(event, error)


def _bug() -> ServiceError:
    return ServiceError("something went wrong here; the log has the trace")


def _log_bug(container: Container, lambda_context: Any, exc: Exception) -> None:
    container.log.bug(exc, container=container.id, request_id=getattr(lambda_context, "aws_request_id", ""))


def _encodable(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with lone surrogates replaced: they have no UTF-8, and would crash Lambda's runtime."""
    decoded: dict[str, Any] = json.loads(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))
    return decoded


def _record(
    container_id: str,
    lambda_context: Any,
    kind: Kind,
    stopwatch: Stopwatch,
    answer: Mapping[str, Any],
    *,
    cold: bool = False,
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
