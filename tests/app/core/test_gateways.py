"""What each gateway lets through decides how long a request may take, and what is answered by a link."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Platform, Settings
from app.core.gateways import GATEWAYS
from app.events.classify import HTTP, classify
from app.views import units
from measurement.lambda_context import LambdaContext
from tests.conftest import FakeClock, MakeS3Storage
from tests.support.door import Door, read
from tests.support.drawing import encoded, noise, opened, photo
from tests.support.http_events import Event, alb, function_url, http_api, http_api_1, rest
from tests.support.s3.server import S3

SECONDS: dict[str, tuple[Callable[..., Event], float]] = {
    "rest": (rest, 28.0),
    "http_api": (http_api, 29.0),
    "function_url": (function_url, 119.25),
    "alb": (alb, 119.25),
}
CASES = SECONDS | {"http_api in format 1.0": (http_api_1, 29.0)}
every_gateway = pytest.mark.parametrize(("build", "seconds"), CASES.values(), ids=CASES)
PHOTO = encoded(photo(640, 480), "JPEG")
WHOLE = LambdaContext(remaining_ms=120_000)


def test_every_kind_of_http_event_has_limits() -> None:
    assert set(GATEWAYS) == HTTP == set(SECONDS)


def test_a_body_and_its_envelope_fit_in_base64() -> None:
    for limits in GATEWAYS.values():
        assert limits.response_body_bytes * 4 / 3 < limits.answer_bytes - 60_000
    assert Settings().max_response_bytes == GATEWAYS["rest"].response_body_bytes


@every_gateway
def test_the_upload_page_says_what_its_gateway_takes(
    door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3, build: Callable[..., Event], seconds: float
) -> None:
    here = door(stored_in=make_s3_storage(s3))
    event = build("GET", "/", headers={"Accept": "text/html"})
    page = here.http(event).body.decode()
    (limit,) = re.findall(r'data-request-bytes="(\d+)"', page)
    assert int(limit) == GATEWAYS[classify(event)].request_body_bytes
    assert f"Up to {units.binary_size(int(limit))} for all files together" in page
    assert "Up to 32 MiB a file" in page


def test_deployed_functions_have_the_time_that_deferred_work_counts_on() -> None:
    stages = json.loads((Path(__file__).parents[3] / "zappa_settings.json").read_text())
    given = {stage["timeout_seconds"] for stage in stages.values() if "timeout_seconds" in stage}
    assert given == {Settings().job_s}


class Slow:
    """A door whose container has so little of a core that an image of these pixels takes a number of seconds."""

    def __init__(
        self, door: Callable[..., Door], clock: FakeClock, *, initialization: str = "on-demand", **given: Any
    ) -> None:
        platform = Platform(mode="lambda", function_name="f", memory_mb=1, initialization=initialization)
        self.door = door(clock=clock, platform=platform, **given)

    def resize(self, event: Event, context: object = WHOLE) -> Any:
        return read(self.door(event, context))


@every_gateway
def test_the_time_for_a_request_is_what_its_gateway_waits(
    door: Callable[..., Door], clock: FakeClock, build: Callable[..., Event], seconds: float
) -> None:
    answer = Slow(door, clock).resize(build("POST", "/resize", query="w=600&format=webp", body=PHOTO))
    assert (answer.status, answer.json["code"]) == (422, "too_costly")
    assert f"expected at most {seconds:.1f} s" in answer.json["detail"]


@every_gateway
def test_what_had_to_be_waited_for_is_not_the_image_s_fault(
    door: Callable[..., Door], clock: FakeClock, build: Callable[..., Event], seconds: float
) -> None:
    """As after a source that took nearly all of the time: the image alone would take about ten seconds."""
    here = Slow(door, clock)
    event = build("POST", "/resize", query="w=2", body=encoded(photo(16, 16), "PNG"))
    late = here.resize(event, LambdaContext(remaining_ms=751))
    assert (late.status, late.json["code"]) == (503, "deadline_exceeded")
    assert late.headers["retry-after"] == ["5"]
    assert here.resize(event).status == 200


@every_gateway
@pytest.mark.parametrize("initialization", ["on-demand", "provisioned-concurrency", "snap-start"])
def test_a_gateway_has_waited_for_a_cold_start(
    door: Callable[..., Door], clock: FakeClock, build: Callable[..., Event], seconds: float, initialization: str
) -> None:
    """INIT took 25 seconds: the image, at about ten, does not fit in what is left before a gateway gives up."""
    here = Slow(door, clock, initialization=initialization, now=clock, started=clock() - 25)
    event = build("POST", "/resize", query="w=2", body=encoded(photo(16, 16), "PNG"))
    is_late = seconds < 30 and initialization == "on-demand"
    first = here.resize(event)
    assert first.status == (503 if is_late else 200)
    assert not is_late or first.json["code"] == "deadline_exceeded"
    assert here.resize(event).status == 200, "a warm container has all of the time again"


def test_deferred_work_has_more_time_than_a_request(door: Callable[..., Door], clock: FakeClock) -> None:
    """What is too costly for 28 s is made by a job, which has the function's 120 s."""
    here = Slow(door, clock)
    event: dict[str, Any] = {"query": "w=240&format=webp", "body": PHOTO}  # estimated at 56 s
    refused = here.resize(rest("POST", "/resize", **event))
    assert (refused.status, refused.json["code"]) == (422, "too_costly")
    deferred = here.resize(rest("POST", "/resize", headers={"Prefer": "respond-async"}, **event))
    assert deferred.status == 202
    assert here.door(here.door.invocations.events[0], WHOLE) == {"status": 200, "state": "done"}


BIG = encoded(noise(600, 600), "PNG")  # 1.08 MB


@pytest.fixture
def stored(door: Callable[..., Door], make_s3_storage: MakeS3Storage, s3: S3) -> tuple[Door, str]:
    """Return a door with a bucket, and the id of an image that a load balancer would not answer."""
    here = door(stored_in=make_s3_storage(s3))
    return here, here.http(rest("POST", "/upload", body=BIG)).json["images"][0]["id"]


@pytest.mark.parametrize("multi", [False, True])
def test_a_load_balancer_gets_links_to_what_is_more_than_a_megabyte(stored: tuple[Door, str], multi: bool) -> None:
    here, image = stored
    for path, query in ((f"/images/{image}/original", ""), ("/resize", f"id={image}")):
        assert here.http(rest("GET", path, query=query)).status == 200
        answer = here.http(alb("GET", path, query=query, multi=multi))
        assert answer.status == 302
        assert "X-Amz-Signature" in answer.headers["location"][0]
    small = here.http(alb("GET", "/resize", query=f"id={image}&w=300", multi=multi))
    assert opened(small.body).size == (300, 300)


def test_no_answer_to_a_load_balancer_is_longer_than_a_megabyte(stored: tuple[Door, str]) -> None:
    here, image = stored
    longest = 0
    for width in range(440, 540, 10):
        raw = here(alb("GET", "/resize", query=f"id={image}&w={width}"))
        longest = max(longest, len(json.dumps(raw)))
    assert 800_000 < longest <= 1_000_000


def test_where_there_are_no_links_the_answer_says_what_would_help(door: Callable[..., Door]) -> None:
    """Lambda's own refusal of an answer that is too large also ends the process."""
    here = door()
    image = here.http(rest("POST", "/upload", body=BIG)).json["images"][0]["id"]
    for path, query in ((f"/images/{image}/original", ""), ("/resize", f"id={image}")):
        answer = here.http(alb("GET", path, query=query))
        assert (answer.status, answer.json["code"]) == (422, "output_too_large")
        assert "bucket" in answer.json["detail"]
