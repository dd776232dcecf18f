"""Every kind of event through the package and AWS's runtime client."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.live.lambda_package.conftest import JPEG, MULTIPART, OPEN, Build, Lambda, Start, every_sender
from tests.support.aws_events import keep_warm, s3_record
from tests.support.drawing import opened
from tests.support.http_events import rest


@every_sender
def test_an_image_goes_up_and_comes_back_byte_for_byte(start: Start, build: Build) -> None:
    with start(**OPEN) as function:
        uploaded = function.http(build("POST", "/upload", body=JPEG, headers={"Content-Type": "image/jpeg"}))
        assert uploaded.status == 201
        original = function.http(build("GET", f"/images/{uploaded.json['images'][0]['id']}/original"))
        assert (original.status, original.body) == (200, JPEG)
        assert original.headers["content-type"] == ["image/jpeg"]


@every_sender
def test_a_form_goes_up_whole(function: Lambda, build: Build) -> None:
    image_id = function.upload(MULTIPART, build, **{"Content-Type": "multipart/form-data; boundary=x"})
    assert function.http(build("GET", f"/images/{image_id}/original")).body == JPEG


@every_sender
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "gif"])
def test_every_format_comes_down(function: Lambda, build: Build, format: str) -> None:
    answer = function.http(build("POST", "/resize", query=f"w=100&format={format}", body=JPEG))
    image = opened(answer.body)
    assert (image.format, image.size) == (format.upper(), (100, 75))
    assert answer.headers["content-type"] == [f"image/{format}"]


@every_sender
def test_what_is_not_modified_has_no_body(function: Lambda, build: Build) -> None:
    path = {"query": f"id={function.upload(JPEG)}&w=50"}
    validator = function.http(build("GET", "/resize", **path)).headers["etag"][0]
    again = function.http(build("GET", "/resize", **path, headers={"If-None-Match": validator}))
    assert (again.status, again.body) == (304, b"")


@every_sender
def test_a_browser_is_led_to_its_image(function: Lambda, build: Build) -> None:
    accept = {"Accept": "text/html"}
    answer = function.http(build("POST", "/upload", body=JPEG, headers={"Content-Type": "image/jpeg", **accept}))
    assert answer.status == 303
    location = answer.headers["location"][0]
    path = location[location.index("/images/") :]
    page = function.http(build("GET", path, headers=accept))
    assert page.status == 200
    assert f"{location.removesuffix(path)}/static/style.css" in page.body.decode()


@every_sender
def test_pages_and_their_style_come_as_text(function: Lambda, build: Build) -> None:
    for path in ("/", "/docs", "/static/style.css"):
        raw = function.json(build("GET", path, headers={"Accept": "text/html"}))
        assert (raw["statusCode"], raw["isBase64Encoded"]) == (200, False), path


@every_sender
def test_errors_are_problems(function: Lambda, build: Build) -> None:
    wrong = function.http(build("GET", "/resize", query="id=x&w=abc&wdith=4"))
    assert (wrong.status, wrong.headers["content-type"]) == (400, ["application/problem+json"])
    assert {each["parameter"] for each in wrong.json["errors"]} == {"w", "wdith"}
    assert function.http(build("GET", "/nothing")).json["code"] == "not_found"
    assert function.http(build("POST", "/upload", body=b"no image")).status == 415
    broken = {**build("POST", "/upload"), "body": "no*base64", "isBase64Encoded": True}
    assert function.http(broken).json["code"] == "invalid_parameter"
    mangled = {**build("POST", "/upload"), "body": JPEG.decode(errors="replace"), "isBase64Encoded": False}
    assert "*/*" in function.http(mangled).json["detail"]


def test_only_the_first_answer_is_cold(start: Start) -> None:
    with start(**OPEN) as function:
        first, second = (function.http(rest("GET", "/healthz")).headers for _ in range(2))
        assert (first["x-cold-start"], second["x-cold-start"]) == (["1"], ["0"])
        assert first["x-container-id"] == second["x-container-id"]
        assert first["x-request-id"] != second["x-request-id"]
    with start(**OPEN) as other:
        assert other.http(rest("GET", "/healthz")).headers["x-container-id"] != first["x-container-id"]


def test_keep_warm_takes_the_cold_start_upon_itself(start: Start) -> None:
    with start(**OPEN) as function:
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
def test_any_json_is_answered(function: Lambda, event: Any) -> None:
    pid = function.process.pid
    assert isinstance(function.json(event), dict)
    assert function.http(rest("GET", "/healthz")).status == 200
    assert function.process.pid == pid


def test_half_a_character_does_not_end_the_container(function: Lambda) -> None:
    pid = function.process.pid
    assert function.json(msgspec.Raw(b'{"key": "inbox/\\ud83d \xc3\xa9"}'))["message"].endswith("'inbox/? é'")
    assert function.process.pid == pid
    assert function.http(rest("GET", "/healthz")).status == 200


def test_what_is_ignored_is_named_in_one_log_line(start: Start) -> None:
    with start(**OPEN) as function:
        assert function.json({"private": "4711"}) == {"ignored": "unknown"}
        lines = [line for line in function.process.log().splitlines() if '"invocation"' in line]
        assert len(lines) == 1
        assert '"kind":"unknown"' in lines[0]
        assert "4711" not in function.process.log()


def test_direct_invocation(start: Start) -> None:
    with start(**OPEN) as function:
        answer = function.json({"id": function.upload(JPEG), "width": 64})
        assert (answer["status"], answer["data"]["width"]) == (200, 64)
