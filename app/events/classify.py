"""The kind of an event, judged by its shape alone: a pure function that accepts any JSON.

All callers invoke the same function, and nothing in an event says who sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

Event = Mapping[str, Any]


class Kind(StrEnum):
    """The kinds of events; docs/events.md has an example of each."""

    REST = "rest"
    HTTP_API = "http_api"
    FUNCTION_URL = "function_url"
    ALB = "alb"
    AUTHORIZER = "authorizer"
    S3 = "s3"
    S3_IN_SNS = "s3_in_sns"
    S3_IN_SQS = "s3_in_sqs"
    S3_IN_EVENTBRIDGE = "s3_in_eventbridge"
    S3_TEST = "s3_test"
    PURGE = "purge"
    SCHEDULE = "schedule"
    WARM = "warm"
    JOB = "job"
    COMMAND = "command"
    DIRECT = "direct"
    UNKNOWN = "unknown"


def classify(event: object) -> Kind:
    """Return the kind of ``event``: ``unknown`` if it is not recognized, never an error."""
    if not isinstance(event, dict):
        return Kind.UNKNOWN
    context = _mapping(event.get("requestContext"))
    if "httpMethod" in event or "http" in context:
        return _http_kind(event, context)
    for kind, matches in _SHAPES:
        if matches(event):
            return kind
    return Kind.UNKNOWN


# whose senders expect an HTTP answer
HTTP: Final = frozenset((Kind.REST, Kind.HTTP_API, Kind.FUNCTION_URL, Kind.ALB))


def _http_kind(event: Event, context: Event) -> Kind:
    """Return the kind of an event that has the method of a request; each format as its sender documents it.

    REST API: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    Function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    load balancer: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    if _is_authorizer(event):
        return Kind.AUTHORIZER
    if event.get("version") == "2.0" and "http" in context:
        return Kind.FUNCTION_URL if ".lambda-url." in str(context.get("domainName")) else Kind.HTTP_API
    if "httpMethod" not in event or "path" not in event:
        return Kind.UNKNOWN
    if "elb" in context:
        return Kind.ALB
    # of this format, events of REST APIs have no version, and those of HTTP APIs have 1.0
    return Kind.HTTP_API if event.get("version") == "1.0" else Kind.REST


def _is_authorizer(event: Event) -> bool:
    """Return whether API Gateway asks whether to let a request in: the event holds the whole request.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    return "methodArn" in event or "routeArn" in event or event.get("type") == "REQUEST"


def _first_source(event: Event) -> str:
    """Return the source of the first record; AWS spells the field in two ways."""
    records = event.get("Records")
    first = _mapping(records[0]) if isinstance(records, list) and records else {}
    return str(first.get("eventSource") or first.get("EventSource") or "")


def _is_command(event: Event) -> bool:
    # what `zappa invoke`, `zappa manage` and `zappa invoke --raw` send
    return any(isinstance(event.get(name), str) for name in ("command", "raw_command", "manage"))


def _is_schedule(event: Event) -> bool:
    # https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-eventbridge-scheduler.html
    return event.get("source") == "aws.events" or event.get("detail-type") == "Scheduled Event"


def _is_purge(event: Event) -> bool:
    # Zappa puts the "kwargs" of an entry in its "events" setting into the scheduled event
    return "purge" in event or "purge" in _mapping(event.get("kwargs"))


def _is_direct(event: Event) -> bool:
    members = direct_members(event)
    return any(isinstance(members.get(name), str) for name in ("url", "key", "id")) and "version" not in members


def direct_members(event: Event) -> Event:
    """Return what a direct invocation asks for: ``data`` beside ``metadata``, which without it is an option."""
    data = event.get("data")
    return data if "metadata" in event and isinstance(data, dict) else event


def _mapping(value: object) -> Event:
    # what JSON makes is a dict; isinstance takes five times as long for a Mapping
    return value if isinstance(value, dict) else {}


_SHAPES: tuple[tuple[Kind, Callable[[Event], bool]], ...] = (
    (Kind.AUTHORIZER, _is_authorizer),
    (Kind.S3, lambda event: _first_source(event) == "aws:s3"),
    (Kind.S3_IN_SNS, lambda event: _first_source(event) == "aws:sns"),
    (Kind.S3_IN_SQS, lambda event: _first_source(event) == "aws:sqs"),
    (Kind.S3_IN_EVENTBRIDGE, lambda event: event.get("source") == "aws.s3"),
    (Kind.S3_TEST, lambda event: event.get("Event") == "s3:TestEvent"),
    (Kind.PURGE, _is_purge),
    (Kind.SCHEDULE, _is_schedule),
    (Kind.WARM, lambda event: "warm" in event),
    (Kind.JOB, lambda event: isinstance(event.get("job"), str)),
    (Kind.COMMAND, _is_command),
    (Kind.DIRECT, _is_direct),
)
