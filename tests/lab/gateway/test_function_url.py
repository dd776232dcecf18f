"""Events, responses and limits of Function URLs, and the app behind one."""

from __future__ import annotations

import base64

import requests

from app.events.classify import Kind, classify
from tests.support.lab.fleet_client import MakeLab
from tests.support.lab.gateway_shapes import HTTP, URL, answer, request, values


def test_a_function_url_event() -> None:
    headers = (("Cookie", "a=1; b=2"), ("X-Two", "a"), ("x-two", "b"))
    event = URL.event(request("/images/caf%C3%A9%2Fx?x=1&x=2", headers=headers))
    assert event["version"] == "2.0"
    # other than an HTTP API, which decodes it
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/images/caf%C3%A9%2Fx"
    assert (event["queryStringParameters"], event["cookies"]) == ({"x": "1,2"}, ["a=1", "b=2"])
    assert event["headers"]["x-two"] == "a,b"
    assert event["headers"]["host"] == "127.0.0.1:8000"
    context = event["requestContext"]
    assert (context["accountId"], context["stage"]) == ("anonymous", "$default")
    assert context["domainName"] == f"{context['domainPrefix']}.lambda-url.eu-west-1.on.aws"


def test_the_app_knows_it_by_its_domain() -> None:
    assert classify(URL.event(request("/"))) is Kind.FUNCTION_URL
    assert classify(HTTP.event(request("/"))) is Kind.HTTP_API


def test_bytes_pass_in_both_directions() -> None:
    body = bytes(range(256))
    event = URL.event(request("/x", method="POST", body=body, headers=(("Content-Type", "image/png"),)))
    assert base64.b64decode(event["body"]) == body
    response = URL.response(answer(statusCode=201, body=event["body"], isBase64Encoded=True, cookies=["a=1", "b=2"]))
    assert (response.status, response.body, values(response, "Set-Cookie")) == (201, body, ["a=1", "b=2"])


def test_a_request_has_the_id_under_which_its_log_is_found(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", api="url")
    answered = requests.get(f"{lab.url}/?do=event", timeout=30)
    number = answered.headers["x-amzn-RequestId"]
    assert answered.json()["requestContext"]["requestId"] == number
    (log,) = (lab.directory / "logs").iterdir()
    assert f"START RequestId: {number} " in log.read_text()


def test_a_failure_and_a_timeout_are_502(make_lab: MakeLab) -> None:
    lab = make_lab(handler="probe.proxy", api="url", timeout_s=1.0)
    for what in ("raise", "malformed_json", "hang"):
        failed = requests.get(f"{lab.url}/?do={what}", timeout=30)
        assert (failed.status_code, failed.text) == (502, "Internal Server Error"), what
