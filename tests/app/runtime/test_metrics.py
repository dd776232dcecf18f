"""What CloudWatch gets about every request on Lambda, and what it must never get."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from app.container import Container
from app.core.config import Platform
from app.core.errors import StorageUnavailable
from app.events.failure import InvocationFailed
from app.runtime.log import Log
from app.runtime.metrics import document
from app.storage import s3
from tests.support.aws_events import in_sqs, keep_warm, notification, s3_record
from tests.support.door import ON_LAMBDA, Door
from tests.support.drawing import encoded, photo
from tests.support.emf import Metric, emitted_metrics
from tests.support.http_client import KEY, KEY_HASH, KEYED, SIGNING_KEY
from tests.support.http_events import rest
from tests.support.watched_storage import WatchedStorage

PNG = encoded(photo(40, 30), "PNG")
WHOLE = (("service", "monolambda"), ("function", "monolambda-dev"))


def one(**given: Any) -> dict[str, Any]:
    return document("monolambda-dev", "GET /resize", **{"now": 1_700_000_000.1234, "seconds": 0.25, **given})


def values(found: list[Metric], dimensions: tuple[tuple[str, str], ...]) -> dict[str, float]:
    return {metric.name: metric.value for metric in found if metric.dimensions == dimensions}


@pytest.fixture
def on_lambda(make_container: Callable[..., Container]) -> Callable[..., tuple[Door, io.StringIO]]:
    def make(level: str = "info", *, platform: Platform = ON_LAMBDA, **settings: Any) -> tuple[Door, io.StringIO]:
        text = io.StringIO()
        given = {"secret": "s" * 32, "public": True, **settings}
        return Door(make_container(platform=platform, log=Log(level, stream=text), **given), text), text

    return make


def test_a_request_is_counted_for_its_route_and_for_the_whole() -> None:
    found = emitted_metrics(one(cold=True, error=True))
    route = (*WHOLE, ("route", "GET /resize"))
    expected = {"Requests": 1, "Duration": 250, "Errors": 1, "ColdStarts": 1}
    assert values(found, WHOLE) == values(found, route) == expected
    assert {metric.namespace for metric in found} == {"Monolambda"}
    assert {metric.name: metric.unit for metric in found}["Duration"] == "Milliseconds"


def test_the_time_is_in_whole_milliseconds() -> None:
    assert one()["_aws"]["Timestamp"] == 1_700_000_000_123


def test_a_count_of_zero_is_left_out() -> None:
    assert {metric.name for metric in emitted_metrics(one())} == {"Requests", "Duration"}
    assert not {"Errors", "SourceErrors", "ColdStarts"} & one().keys()


@pytest.mark.parametrize(
    "broken",
    [
        {"_aws": {}},
        {"_aws": {"Timestamp": 1.5, "CloudWatchMetrics": []}},
        {"Requests": "1"},
        {"route": ""},
        {"route": "é"},
        {"service": 1},
    ],
)
def test_the_check_of_the_format_refuses(broken: dict[str, Any]) -> None:
    with pytest.raises((jsonschema.ValidationError, AssertionError)):
        emitted_metrics({**one(), **broken})


def test_every_request_on_lambda_has_one_line_with_its_metrics(on_lambda: Callable[..., tuple[Door, Any]]) -> None:
    here, _ = on_lambda()
    events = [rest("POST", "/upload", body=PNG), rest("GET", "/healthz"), rest("GET", "/nowhere"), rest("XYZ", "/")]
    for event in events:
        here.http(event)
    lines = here.log()
    assert len(lines) == len(events)
    routes = [dict(emitted_metrics(line)[0].dimensions)["route"] for line in lines]
    assert routes == ["POST /upload", "GET /healthz", "GET unmatched", "OTHER unmatched"]
    assert [values(emitted_metrics(line), WHOLE).get("ColdStarts", 0) for line in lines] == [1, 0, 0, 0]
    assert all(0 < line["Duration"] <= line["ms"]["total"] + 0.06 for line in lines)  # the clock goes on meanwhile


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_metrics_are_written_whatever_the_log_level(on_lambda: Callable[..., tuple[Door, Any]], level: str) -> None:
    here, _ = on_lambda(level)
    here.http(rest("GET", "/healthz"))
    line = here.log()[-1]  # at the level debug the beginning of a request has a line too
    assert emitted_metrics(line)
    assert ("request_id" in line) == (level in ("debug", "info"))


def test_there_are_none_elsewhere(on_lambda: Callable[..., tuple[Door, Any]]) -> None:
    here, _ = on_lambda(platform=Platform(), trusted_hosts=("*",))
    here.http(rest("GET", "/healthz"))
    (line,) = here.log()
    assert "_aws" not in line
    assert "Requests" not in line


def test_no_key_signature_query_or_body_is_logged(on_lambda: Callable[..., tuple[Door, io.StringIO]]) -> None:
    here, text = on_lambda("debug", public=False, api_keys=(KEY_HASH,), signing_keys=(f"k:{SIGNING_KEY}",))
    secret_body = b'{"id": "hidden-in-a-body"}'
    here.http(rest("GET", "/resize", query="url=https://example.com/a&s=k.c2lnbmF0dXJl&v=told-in-a-query"))
    here.http(rest("POST", "/resize", headers={**KEYED, "Content-Type": "application/json"}, body=secret_body))
    written = text.getvalue()
    assert [line["event"] for line in here.log()].count("request") == 2
    for word in (KEY, KEY_HASH, SIGNING_KEY, "c2lnbmF0dXJl", "hidden-in-a-body", "told-in-a-query", "s" * 32):
        assert word not in written


# an event of each kind that is not HTTP and that a test need not prepare anything for
EVENTS: dict[str, Any] = {
    "s3": notification(s3_record("elsewhere/x.jpg")),
    "s3_in_sqs": in_sqs(notification(s3_record("elsewhere/x.jpg"))),
    "schedule": keep_warm(),
    "warm": {"warm": 1},
    "purge": {"purge": "derived"},
    "job": {"job": "0" * 32},
    "command": {"command": "status"},
    "direct": {"id": "0" * 32, "width": 10},
    "unknown": {"hello": "world"},
    "rest": {"httpMethod": "GET", "path": 3},
}


def of_event(line: dict[str, Any], kind: str) -> dict[str, float]:
    """Return what an event counts, after checking that it counts for its kind and nothing else."""
    found = emitted_metrics(line)
    route = (*WHOLE, ("route", f"EVENT {kind}"))
    assert {metric.dimensions for metric in found} == {route}, "alarms are about what callers wait for"
    return values(found, route)


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_is_counted_for_its_kind(on_lambda: Callable[..., tuple[Door, Any]], kind: str) -> None:
    here, _ = on_lambda()
    here(EVENTS[kind])
    here(EVENTS[kind])
    first, second = [line for line in here.log() if line["event"] == "invocation"]
    assert of_event(first, kind).get("ColdStarts", 0) == (0 if kind == "rest" else 1)
    assert of_event(second, kind) == {"Requests": 1, "Duration": second["Duration"]}
    assert 0 < second["Duration"] <= second["ms"]["total"] + 0.06
    assert here.container.telemetry.routes.figures()[f"EVENT {kind}"].count == 2


def test_events_have_metrics_whatever_the_log_level_and_none_elsewhere(
    on_lambda: Callable[..., tuple[Door, Any]],
) -> None:
    here, _ = on_lambda("error")
    here({"warm": 1})
    (line,) = here.log()
    assert of_event(line, "warm")["Requests"] == 1
    elsewhere, text = on_lambda("error", platform=Platform())
    elsewhere({"warm": 1})
    assert text.getvalue() == ""


def test_a_retried_event_is_counted_as_an_error(on_lambda: Callable[..., tuple[Door, Any]]) -> None:
    def away(method: str, key: str) -> None:
        raise StorageUnavailable("the bucket is away")

    here, _ = on_lambda(stored_in=WatchedStorage(s3.from_url("s3://photos"), away))
    event = notification(s3_record("inbox/x.jpg"))
    assert here(in_sqs(event))["batchItemFailures"]
    for raising in (event, {"purge": "derived"}):
        with pytest.raises(InvocationFailed):
            here(raising)
    here({"id": "0" * 32, "width": 10})
    told = [line for line in here.log() if line["event"] == "invocation"]
    kinds = ("s3_in_sqs", "s3", "purge", "direct")
    assert [of_event(line, kind).get("Errors", 0) for line, kind in zip(told, kinds, strict=True)] == [1, 1, 1, 1]


def test_a_failing_source_is_not_counted_as_our_error(on_lambda: Callable[..., tuple[Door, Any]]) -> None:
    here, _ = on_lambda(source_networks=("127.0.0.0/8",))
    assert here({"url": "http://127.0.0.1:9/a.png"})["code"] == "source_failed"
    counts = of_event(here.log()[-1], "direct")
    assert (counts.get("SourceErrors"), counts.get("Errors")) == (1, None)
