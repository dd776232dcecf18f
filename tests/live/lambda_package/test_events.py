"""Every kind of event is answered by the package under AWS's runtime client."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.live.lambda_package.packaged_function import (
    JPEG,
    PUBLIC,
    MakeEvent,
    PackagedFunction,
    StartFunction,
    every_http_event,
    own_jpeg,
)
from tests.support.aws_events import keep_warm, s3_record
from tests.support.drawing import opened
from tests.support.http_events import alb, authorizers, function_url, http_api_1, rest


@every_http_event
def test_an_uploaded_image_comes_back_byte_for_byte(function: PackagedFunction, make_event: MakeEvent) -> None:
    image = own_jpeg(make_event)
    uploaded = function.http(make_event("POST", "/upload", body=image, headers={"Content-Type": "image/jpeg"}))
    assert uploaded.status == 201
    original = function.http(make_event("GET", f"/images/{uploaded.json['images'][0]['id']}/original"))
    assert (original.status, original.body) == (200, image)
    assert original.headers["content-type"] == ["image/jpeg"]


@every_http_event
def test_a_multipart_form_arrives_intact(function: PackagedFunction, make_event: MakeEvent) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = head + JPEG + b"\r\n--x--\r\n"
    image_id = function.upload(body, make_event, **{"Content-Type": "multipart/form-data; boundary=x"})
    assert function.http(make_event("GET", f"/images/{image_id}/original")).body == JPEG


@every_http_event
def test_what_clients_and_gateways_add_loses_nothing(function: PackagedFunction, make_event: MakeEvent) -> None:
    """A body that came in chunks, a comma in a boundary, and the protocols of two proxies."""
    head = b'--a,b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    headers = {
        "Transfer-Encoding": "chunked",
        "Content-Type": 'multipart/form-data; boundary="a,b"',
        "X-Forwarded-Proto": "https, http",
    }
    answer = function.http(make_event("POST", "/upload", body=head + JPEG + b"\r\n--a,b--\r\n", headers=headers))
    assert answer.status in (200, 201), answer.body
    image = answer.json["images"][0]
    assert (image["bytes"], image["url"].partition("://")[0]) == (len(JPEG), "https")


@every_http_event
def test_headers_may_be_null(function: PackagedFunction, make_event: MakeEvent) -> None:
    """As in the test events of API Gateway's console, all of them or one."""
    event = make_event("GET", "/healthz")
    for headers, several in ((None, None), ({"X-A": None}, {"X-A": None}), ({"X-A": "a"}, {"X-A": [None]})):
        given = {"headers": headers, "multiValueHeaders": several}
        answer = function.http({**event, **{name: value for name, value in given.items() if name in event}})
        assert (answer.status, answer.body) == (200, b"ok\n"), given


def test_an_http_api_of_format_1_0_has_its_stage_taken_off(function: PackagedFunction) -> None:
    assert function.http(http_api_1("GET", "/healthz")).body == b"ok\n"
    image_id = function.upload(JPEG, http_api_1)
    described = function.http(http_api_1("GET", f"/images/{image_id}")).json
    assert described["links"]["original"].endswith(f"amazonaws.com/dev/images/{image_id}/original")


def test_an_authorizer_s_event_is_no_request(function: PackagedFunction) -> None:
    path = f"/images/{function.upload(JPEG)}"
    for event in authorizers("DELETE", path):
        assert function.json(event) == {"ignored": "authorizer"}
    assert function.http(rest("GET", path)).status == 200


@every_http_event
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "gif"])
def test_every_format_is_returned(function: PackagedFunction, make_event: MakeEvent, format: str) -> None:
    answer = function.http(make_event("POST", "/resize", query=f"w=100&format={format}", body=JPEG))
    image = opened(answer.body)
    assert (image.format, image.size) == (format.upper(), (100, 75))
    assert answer.headers["content-type"] == [f"image/{format}"]


@every_http_event
def test_a_304_has_no_body(function: PackagedFunction, make_event: MakeEvent) -> None:
    path = {"query": f"id={function.upload(JPEG)}&w=50"}
    validator = function.http(make_event("GET", "/resize", **path)).headers["etag"][0]
    again = function.http(make_event("GET", "/resize", **path, headers={"If-None-Match": validator}))
    assert (again.status, again.body) == (304, b"")


@every_http_event
def test_a_browser_is_redirected_to_its_image(function: PackagedFunction, make_event: MakeEvent) -> None:
    accept = {"Accept": "text/html"}
    answer = function.http(make_event("POST", "/upload", body=JPEG, headers={"Content-Type": "image/jpeg", **accept}))
    assert answer.status == 303
    location = answer.headers["location"][0]
    base, _, rest_of_it = location.partition("/images/")
    # the query says that another test has stored this image before
    image_id, _, query = rest_of_it.partition("?")
    assert query in ("", "known=1")
    page = function.http(make_event("GET", f"/images/{image_id}", query=query, headers=accept))
    assert page.status == 200
    assert f"{base}/static/" in page.body.decode()


@every_http_event
def test_pages_and_style_sheet_are_not_base64(function: PackagedFunction, make_event: MakeEvent) -> None:
    for path in ("/", "/docs", "/static/0/style.css"):
        raw = function.json(make_event("GET", path, headers={"Accept": "text/html"}))
        assert (raw["statusCode"], raw["isBase64Encoded"]) == (200, False), path


@every_http_event
def test_errors_are_problem_details(function: PackagedFunction, make_event: MakeEvent) -> None:
    wrong = function.http(make_event("GET", "/resize", query="id=x&w=abc&wdith=4"))
    assert (wrong.status, wrong.headers["content-type"]) == (400, ["application/problem+json"])
    assert {each["parameter"] for each in wrong.json["errors"]} == {"w", "wdith"}
    assert function.http(make_event("GET", "/nothing")).json["code"] == "not_found"
    assert function.http(make_event("POST", "/upload", body=b"no image")).status == 415
    broken = {**make_event("POST", "/upload"), "body": "no*base64", "isBase64Encoded": True}
    assert function.http(broken).json["code"] == "invalid_parameter"
    mangled = {**make_event("POST", "/upload"), "body": JPEG.decode(errors="replace"), "isBase64Encoded": False}
    assert "*/*" in function.http(mangled).json["detail"]


def test_only_the_first_response_is_a_cold_start(start_function: StartFunction) -> None:
    with start_function(**PUBLIC) as function:
        first, second = (function.http(function_url("GET", "/healthz")).headers for _ in range(2))
        assert (first["x-cold-start"], second["x-cold-start"]) == (["1"], ["0"])
        assert '"ColdStarts":1' in function.process.log()
        assert first["x-container-id"] == second["x-container-id"]
        assert first["x-request-id"] != second["x-request-id"]
    with start_function(**PUBLIC) as other:
        assert other.http(alb("GET", "/healthz", multi=True)).headers["x-container-id"] != first["x-container-id"]


def test_a_start_ahead_of_time_is_not_cold(start_function: StartFunction) -> None:
    with start_function(**PUBLIC, AWS_LAMBDA_INITIALIZATION_TYPE="provisioned-concurrency") as function:
        answer = function.http(rest("GET", "/status"))
        assert (answer.headers["x-cold-start"], answer.json["container"]["cold"]) == (["0"], False)
        log = function.process.log()
        assert '"cold":false' in log
        assert '"ColdStarts"' not in log


def test_a_keep_warm_event_takes_the_cold_start(start_function: StartFunction) -> None:
    with start_function(**PUBLIC) as function:
        warmed = function.json(keep_warm())
        assert (warmed["warm"], warmed["cold"]) == (1, True)
        answer = function.http(rest("GET", "/healthz"))
        assert answer.headers["x-cold-start"] == ["0"]
        assert answer.headers["x-container-id"] == [warmed["container"]]


@pytest.mark.parametrize(
    "event",
    [
        *(None, True, 0, -1.5, "", "text", [], [[{}]], {}, {"a": {"b": []}}),
        *({"Records": 7}, {"Records": [s3_record()]}, {"detail-type": {}}),
        *({"httpMethod": 5, "path": []}, {"version": "2.0", "requestContext": {"http": {}}}),
    ],
    ids=repr,
)
def test_any_json_event_is_answered(function: PackagedFunction, event: Any) -> None:
    pid = function.process.pid
    assert isinstance(function.json(event), dict)
    assert function.http(rest("GET", "/healthz")).status == 200
    assert function.process.pid == pid


def test_a_lone_surrogate_does_not_kill_the_container(function: PackagedFunction) -> None:
    pid = function.process.pid
    assert function.json(msgspec.Raw(b'{"key": "inbox/\\ud83d \xc3\xa9"}'))["message"].endswith("'inbox/? é'")
    assert function.process.pid == pid
    assert function.http(rest("GET", "/healthz")).status == 200


def test_an_ignored_event_is_logged_in_one_line_without_its_contents(start_function: StartFunction) -> None:
    with start_function(**PUBLIC) as function:
        assert function.json({"private": "4711"}) == {"ignored": "unknown"}
        lines = [line for line in function.process.log().splitlines() if '"invocation"' in line]
        assert len(lines) == 1
        assert '"kind":"unknown"' in lines[0]
        assert "4711" not in function.process.log()


def test_a_direct_invocation_is_answered(start_function: StartFunction) -> None:
    with start_function(**PUBLIC) as function:
        answer = function.json({"id": function.upload(JPEG), "width": 64})
        assert (answer["status"], answer["data"]["width"]) == (200, 64)
